import { spawn, spawnSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { projectOf } from '../core/task-lease/todo-project';
import type { BatchAnswer, ClaimAnswer, LeaseTask } from './lease.worker';
import { startWorker } from './workers';

const PYTHON = 'python3';
const hasPython = spawnSync(PYTHON, ['-c', 'import sqlite3'], { stdio: 'ignore' }).status === 0;

const SYNCS = 150;
/**
 * As the living program does with each update: reads all tasks, and writes all of them back with a version more each, in
 * one transaction that waits for others. Says how many rows it wrote.
 */
const SYNC = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
written = 0
for _ in range(${SYNCS.toString()}):
    connection.execute('BEGIN IMMEDIATE')
    for (task, content) in connection.execute('SELECT id, content FROM tasks').fetchall():
        written += connection.execute(
            'UPDATE tasks SET content = ?, version = version + 1 WHERE id = ?', (content, task)).rowcount
    connection.execute('COMMIT')
connection.close()
print(written)
`;

/** Runs a script to its end, and gives what it printed. */
function runPython(script: string, ...args: readonly string[]): Promise<unknown> {
  const child = spawn(PYTHON, ['-c', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 40_000 });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(told));
      else reject(new Error(`the other program ended with ${String(code)}`));
    });
  });
}

describe.skipIf(!hasPython)('beside another program that writes (python3 with sqlite3)', () => {
  it('no write of either is lost, and no batch is in pieces', async () => {
    const project = projectOf(20);
    const { database } = project;
    const tasks = Array.from({ length: 20 }, (_, i) => `T-${(i + 1).toString()}`);
    const workers = await Promise.all(Array.from({ length: 3 }, () => startWorker('lease.worker.ts')));
    const theirs = [runPython(SYNC, database), runPython(SYNC, database)];
    const ours = await Promise.all(
      workers.map((worker, i) => {
        const wanted = i % 2 === 0 ? tasks.slice(0, 12) : tasks.slice(8).reverse();
        const task: LeaseTask = {
          kind: 'batches',
          database,
          agent: `agent-${i.toString()}`,
          tasks: wanted,
          rounds: 60,
        };
        return worker.ask<BatchAnswer>(task);
      }),
    );
    const theirWrites = (await Promise.all(theirs)).reduce((sum: number, written) => sum + Number(written), 0);
    expect(theirWrites).toBe(2 * SYNCS * 20);
    const sum = (name: keyof BatchAnswer): number => ours.reduce((total, answer) => total + answer[name], 0);
    expect(sum('partial')).toBe(0);
    expect(sum('claimed')).toBeGreaterThan(0);
    expect(project.rows('SELECT sum(version) AS sum FROM tasks')).toEqual([{ sum: 20 + theirWrites + sum('writes') }]);
    expect(project.rows('PRAGMA todo.integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(project.files()).toEqual(['todo2.db']);
  }, 60_000);

  it('each task has one winner, whoever claims it', async () => {
    const project = projectOf(200);
    const { database } = project;
    const tasks = Array.from({ length: 200 }, (_, i) => `T-${(i + 1).toString()}`);
    const worker = await startWorker('lease.worker.ts');
    const task: LeaseTask = { kind: 'claim-all', database, agent: 'ours', tasks };
    // It begins with half of them, so that something is left for both, and goes on beside ours.
    const first = (await runPython(CLAIM, database, '0', '100')) as string[];
    expect(first).toHaveLength(100);
    const [{ won }, second] = await Promise.all([
      worker.ask<ClaimAnswer>(task),
      runPython(CLAIM, database, '100', '200') as Promise<string[]>,
    ]);
    expect([...won, ...first, ...second].sort()).toEqual([...tasks].sort());
    expect(project.rows('SELECT sum(version) AS sum FROM tasks')).toEqual([{ sum: 400 }]);
    expect(await runPython(CLAIM, database, '0', '200')).toEqual([]);
    expect(project.files()).toEqual(['todo2.db']);
  }, 60_000);
});

/** The seed's claim: a guarded UPDATE of each task, by its version. */
const CLAIM = `
import json, sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
now = int(time.time())
rows = connection.execute('SELECT id, version FROM tasks ORDER BY rowid').fetchall()
won = []
for (task, version) in rows[int(sys.argv[2]):int(sys.argv[3])]:
    changed = connection.execute(
        """UPDATE tasks SET assignee = 'theirs', assigned_at = ?, lock_until = ?, status = 'In Progress',
             version = version + 1, updated_at = strftime('%s', 'now')
           WHERE id = ? AND version = ? AND status IN ('Todo', 'In Progress')
             AND (assignee IS NULL OR lock_until IS NULL OR lock_until < ?)""",
        (now, now + 600, task, version, now)).rowcount
    if changed == 1: won.append(task)
connection.close()
print(json.dumps(won))
`;
