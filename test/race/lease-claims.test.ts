import { describe, expect, it } from 'vitest';
import { projectOf, type TodoProject } from '../core/task-lease/todo-project';
import type { BatchAnswer, ClaimAnswer, LeaseTask } from './lease.worker';
import { startWorker, type Worker } from './workers';

const CLAIMERS = 16;
const TASKS = 200;
const ROUNDS = 5;

const taskNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `T-${(i + 1).toString()}`);
const startClaimers = (count: number): Promise<Worker[]> =>
  Promise.all(Array.from({ length: count }, () => startWorker('lease.worker.ts')));

function sumOfVersions(project: TodoProject): number {
  return Number(project.rows('SELECT sum(version) AS sum FROM tasks')[0]?.['sum']);
}

/** Nothing was left half done: the file is whole, and nobody has it open. */
function expectWhole(project: TodoProject): void {
  expect(project.rows('PRAGMA todo.integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(project.files()).toEqual(['todo2.db']);
}

describe('16 agents want the same 200 tasks', () => {
  it('each task has exactly one winner a round, and every write counts', async () => {
    const project = projectOf(TASKS);
    const { database } = project;
    const tasks = taskNames(TASKS);
    const workers = await startClaimers(CLAIMERS);
    let writes = TASKS;
    for (let round = 0; round < ROUNDS; round += 1) {
      const answers = await Promise.all(
        workers.map((worker, i) => {
          const task: LeaseTask = { kind: 'claim-all', database, agent: `agent-${i.toString()}`, tasks };
          return worker.ask<ClaimAnswer>(task);
        }),
      );
      const winners = answers.flatMap(({ won }, i) => won.map((task) => [task, `agent-${i.toString()}`] as const));
      // Every task once, and the database says the same.
      expect(winners.map(([task]) => task).sort()).toEqual([...tasks].sort());
      const held = project.rows("SELECT id, assignee, status FROM tasks WHERE lock_until > strftime('%s', 'now')");
      expect(new Map(held.map((row) => [row['id'], row['assignee']]))).toEqual(new Map(winners));
      expect(new Set(held.map((row) => row['status']))).toEqual(new Set(['In Progress']));
      // They did meet: otherwise this shows nothing.
      expect(answers.filter(({ won }) => won.length > 0).length).toBeGreaterThan(1);
      const released = await Promise.all(
        workers.map((worker, i) => {
          const tasksWon = answers[i]?.won ?? [];
          const task: LeaseTask = { kind: 'release-all', database, agent: `agent-${i.toString()}`, tasks: tasksWon };
          return worker.ask<ClaimAnswer>(task);
        }),
      );
      for (const answer of [...answers, ...released]) writes += answer.writes;
      expect(sumOfVersions(project)).toBe(writes);
    }
    expect(writes).toBe(TASKS * (1 + 2 * ROUNDS));
    expectWhole(project);
  }, 60_000);
});

describe('4 agents on a database that keeps its journal beside it instead of a log', () => {
  it('each task has exactly one winner', async () => {
    const project = projectOf(40);
    const { database } = project;
    project.run('PRAGMA todo.journal_mode = delete');
    const tasks = taskNames(40);
    const workers = await startClaimers(4);
    const answers = await Promise.all(
      workers.map((worker, i) => {
        const task: LeaseTask = { kind: 'claim-all', database, agent: `agent-${i.toString()}`, tasks };
        return worker.ask<ClaimAnswer>(task);
      }),
    );
    expect(answers.flatMap(({ won }) => won).sort()).toEqual([...tasks].sort());
    expect(sumOfVersions(project)).toBe(80);
    expectWhole(project);
  }, 60_000);
});

describe('batches that cross each other', () => {
  it('are whole or nothing, in any order, and none waits for ever', async () => {
    const project = projectOf(12);
    const { database } = project;
    const tasks = taskNames(12);
    const workers = await startClaimers(8);
    const startedMs = performance.now();
    const answers = await Promise.all(
      workers.map((worker, i) => {
        // Each leaves some out, and half of them go the other way.
        const wanted = tasks.filter((_, at) => (at + i) % 4 !== 0);
        const ordered = i % 2 === 0 ? wanted : [...wanted].reverse();
        const task: LeaseTask = {
          kind: 'batches',
          database,
          agent: `agent-${i.toString()}`,
          tasks: ordered,
          rounds: 150,
        };
        return worker.ask<BatchAnswer>(task);
      }),
    );
    expect(performance.now() - startedMs).toBeLessThan(30_000);
    const sum = (name: keyof BatchAnswer): number => answers.reduce((total, answer) => total + answer[name], 0);
    expect(sum('partial')).toBe(0);
    expect(sum('claimed') + sum('refused') + sum('busy')).toBe(8 * 150);
    // They did cross: some were refused by others, and some had their turn.
    expect(sum('claimed')).toBeGreaterThan(0);
    expect(sum('refused')).toBeGreaterThan(0);
    expect(sumOfVersions(project)).toBe(12 + sum('writes'));
    expect(project.rows('SELECT id FROM tasks WHERE assignee IS NOT NULL')).toEqual([]);
    expectWhole(project);
  }, 60_000);
});
