import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MAX_EVENT_BYTES } from '../../../../core/ledger/events/event-bytes';
import { livingName, seedName } from '../../../../core/ledger/events/event-names';
import { readEventFile, roomForEvent } from '../../../../core/ledger/events/read-event';
import { listNames } from '../../../../core/ledger/reading/ledger-folder';

const proof = mkdtempSync(join(realpathSync(tmpdir()), 'lockscope-test-'));
const ledger = join(proof, 'ledger');
mkdirSync(ledger);
afterAll(() => rm(proof, { recursive: true, force: true }));

describe('a room for all events', () => {
  it.each([0, 1, 300, 70_000, MAX_EVENT_BYTES])(
    'gives the %i bytes of an event, and nothing of the one before',
    (size) => {
      const room = roomForEvent();
      writeFileSync(join(ledger, 'before.json'), Buffer.alloc(MAX_EVENT_BYTES, 'x'));
      writeFileSync(join(ledger, 'event.json'), Buffer.alloc(size, 'y'));
      symlinkSync('event.json', join(ledger, `link-${size.toString()}.json`));
      readEventFile(ledger, proof, 'before.json', room);
      for (const name of ['event.json', `link-${size.toString()}.json`]) {
        const read = readEventFile(ledger, proof, name, room);
        expect(read.kind).toBe('read');
        if (read.kind !== 'read') return;
        expect(read.fingerprint.size).toBe(size);
        expect(Buffer.from(read.bytes).equals(Buffer.alloc(size, 'y'))).toBe(true);
        const again = readEventFile(ledger, proof, name);
        if (again.kind !== 'read') throw new Error(again.kind);
        // Byte by byte, an assertion takes seconds.
        expect(Buffer.from(again.bytes).equals(Buffer.alloc(size, 'y'))).toBe(true);
        expect({ ...again, bytes: null }).toEqual({ ...read, bytes: null });
      }
    },
  );

  it('does not take more than an event may have', () => {
    writeFileSync(join(ledger, 'large.json'), Buffer.alloc(MAX_EVENT_BYTES + 1, 'x'));
    expect(readEventFile(ledger, proof, 'large.json', roomForEvent())).toMatchObject({
      kind: 'too-large',
      size: MAX_EVENT_BYTES + 1,
    });
  });
});

describe('a listing in slices', () => {
  it.each([false, true])('names everything once, and what of it is a folder; aside: %s', async (aside) => {
    const folder = join(proof, `many-${aside.toString()}`);
    mkdirSync(folder);
    const numbers = Array.from({ length: 2_000 }, (_, i) => i + 1);
    const odd = [
      '7.json',
      '0000007.json',
      'event-7.json',
      'event-00000x.json',
      '.event-1.tmp',
      'ü.json',
      '00000a.json',
    ];
    const wanted = [...odd, ...numbers.map(livingName), ...numbers.slice(0, 100).map(seedName)];
    for (const name of wanted) writeFileSync(join(folder, name), '');
    mkdirSync(join(folder, 'folder.json'));
    mkdirSync(join(folder, '002001.json'));
    const names = await listNames(folder, { signal: new AbortController().signal, aside });
    expect(Array.from(names.plain('living')).sort((a, b) => a - b)).toEqual(numbers);
    expect(Array.from(names.plain('seed')).sort((a, b) => a - b)).toEqual(numbers.slice(0, 100));
    const folders = names.others.filter((entry) => entry.isFolder).map((entry) => entry.name);
    expect(folders.sort()).toEqual(['002001.json', 'folder.json']);
    expect(names.others.map((entry) => entry.name).sort()).toEqual([...odd, '002001.json', 'folder.json'].sort());
  });

  it('rejects with the error of the system', async () => {
    await expect(listNames(join(proof, 'nothing'), { signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
