import { spawn } from 'node:child_process';
import { appendFile, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditAction, AuditEntry } from '../../core/model';
import { AuditLog } from '../../inspector/audit-log';
import { tempFolder } from '../helpers/inspect';
import { workerProgram } from '../helpers/worker-program';

function entry(message: string): AuditEntry {
  return {
    when: '2026-01-01T00:00:00.000Z',
    user: 'ada',
    program: 'test 0',
    action: 'reap',
    source: '/proof',
    protocol: 'ledger',
    resource: '1.2',
    holder: null,
    actAs: null,
    seen: 'token',
    verdict: 'expired',
    evidence: ['Lease ended 4 m ago: at noon'],
    reason: null,
    written: [{ file: '000001.json', content: '{}\n' }],
    result: 'done',
    message,
  };
}

const messages = (entries: readonly AuditEntry[]): string[] => entries.map((each) => each.message);

describe('the audit log', () => {
  it('is empty where there is none, and for its user alone once there is', async () => {
    const folder = path.join(await tempFolder(), 'deep', 'data');
    const log = new AuditLog(folder);
    expect(await log.newest(10)).toEqual([]);
    expect(await log.count()).toBe(0);
    await log.append(entry('one'));
    expect(await log.newest(10)).toEqual([entry('one')]);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(folder, 'audit.jsonl'))).mode & 0o777).toBe(0o600);
  });

  it.each<AuditAction>(['release', 'reap', 'force-release', 'terminate', 'kill', 'mend', 'undo'])(
    'reads what it wrote of a %s',
    async (action) => {
      const log = new AuditLog(await tempFolder());
      await log.append({ ...entry('one'), action });
      expect(await log.newest(10)).toEqual([{ ...entry('one'), action }]);
      expect(await log.count()).toBe(1);
    },
  );

  it('refuses a line that it would pass over itself for its length, or one whose outcome it would', async () => {
    const log = new AuditLog(await tempFolder());
    const most = 16 * 1024 * 1024;
    await expect(log.append(entry('x'.repeat(most)))).rejects.toThrow('too long');
    await expect(log.append(entry('short'), most)).rejects.toThrow('too long');
    await log.append(entry('y'.repeat(most / 2)), most / 4);
    expect(await log.count()).toBe(1);
  });

  it('passes over torn and foreign lines, keeps them, and starts its own on a new line', async () => {
    const folder = await tempFolder();
    const file = path.join(folder, 'audit.jsonl');
    const log = new AuditLog(folder);
    await log.append(entry('one'));
    await appendFile(file, '\n\0\xff rubbish\n{"when":1}\n[]\n{"when":"2026-');
    expect(await log.count()).toBe(1);
    await log.append(entry('two'));
    expect(messages(await log.newest(10))).toEqual(['two', 'one']);
    expect(await log.count()).toBe(2);
    expect(await readFile(file, 'utf8')).toContain('rubbish');
  });

  it('gives the newest from the end, across the pieces in which it is read', async () => {
    const log = new AuditLog(await tempFolder());
    const all: string[] = [];
    for (let i = 0; i < 40; i += 1) {
      // Lines of all lengths, the longest of several pieces.
      const message = `${i} ${'ü'.repeat((i * 7_919) % 90_000)}`;
      all.unshift(message);
      await log.append(entry(message));
      if (i % 13 === 0) expect(await log.count()).toBe(i + 1);
    }
    expect(messages(await log.newest(40))).toEqual(all);
    expect(messages(await log.newest(7))).toEqual(all.slice(0, 7));
    expect(await log.count()).toBe(40);
  });

  it('is not written through a link, and does not wait for a FIFO', async () => {
    const folder = await tempFolder();
    const elsewhere = path.join(folder, 'elsewhere');
    await writeFile(elsewhere, 'precious');
    await symlink(elsewhere, path.join(folder, 'audit.jsonl'));
    await expect(new AuditLog(folder).append(entry('one'))).rejects.toThrow('ELOOP');
    expect(await readFile(elsewhere, 'utf8')).toBe('precious');

    const other = path.join(folder, 'other');
    await mkdir(other);
    await run('mkfifo', [path.join(other, 'audit.jsonl')]);
    await expect(new AuditLog(other).append(entry('one'))).rejects.toThrow();
    await expect(new AuditLog(other).newest(1)).rejects.toThrow('not a regular file');
  });

  it('takes whole entries of several processes at once', async () => {
    const folder = await tempFolder();
    const program = await workerProgram(path.join(import.meta.dirname, 'audit.worker.ts'));
    const data = path.join(folder, 'data');
    const names = ['a', 'b', 'c'];
    await Promise.all(names.map((name) => run(process.execPath, [program, data, JSON.stringify(entry('')), name])));
    const log = new AuditLog(data);
    expect(await log.count()).toBe(150);
    const found = messages(await log.newest(1_000));
    for (const name of names) {
      const own = found.filter((message) => message.startsWith(name));
      expect(own.reverse()).toEqual(Array.from({ length: 50 }, (_, i) => `${name}${i}`));
    }
  });
});

async function run(command: string, args: readonly string[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${code}`));
    });
  });
}
