import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHost } from '../../../core/host/create-host';
import { livingName } from '../../../core/ledger/events/event-names';
import { nodesClaimed, nodesReleased } from '../../core/ledger/events';
import { makeProof, NEVER, type Proof } from '../../core/ledger/proof';
import { eventually } from '../../helpers/inspect';
import { startThreads } from '../../helpers/threads';

const EVENTS = 5_200;
const APPENDED = 300;
const LIMIT_MS = 60_000;

/** Appends as the living program does: written aside, renamed into place. */
const APPENDER = `
  const { renameSync, writeFileSync } = require('node:fs');
  const [folder, count, ...events] = process.argv.slice(1);
  let at = Number(count);
  const timer = setInterval(() => {
    for (let i = 0; i < 1 + (at % 3) && events.length > 0; i += 1) {
      at += 1;
      const aside = folder + '/.event-' + at + '.tmp';
      writeFileSync(aside, events.shift());
      renameSync(aside, folder + '/' + String(at).padStart(6, '0') + '.json');
    }
    if (events.length === 0) clearInterval(timer);
  }, 3);
`;

function eventAt(sequence: number): string {
  return JSON.stringify(sequence % 2 === 0 ? nodesClaimed(['1'], 'ada') : nodesReleased('1'));
}

function longProof(): Proof {
  const proof = makeProof('living');
  for (let i = 2; i <= EVENTS; i += 1) writeFileSync(path.join(proof.ledger, livingName(i)), eventAt(i));
  return proof;
}

describe('a long ledger on a thread of its own', () => {
  it(
    'is never read anew while another process appends to it',
    async () => {
      const proof = longProof();
      const source = startThreads().ledger.open(proof.folder, createHost());
      onTestFinished(() => source.close());
      let head = 0;
      let told = 0;
      let resets = 0;
      let isHinted = true;
      let running: Promise<void> | null = null;
      const readOn = async (): Promise<void> => {
        while (isHinted) {
          isHinted = false;
          const reading = await source.read({ signal: NEVER });
          if (reading.reset) resets += 1;
          else told += reading.transitions.length;
          head = reading.head ?? 0;
        }
        running = null;
      };
      source.watch(() => {
        isHinted = true;
        running ??= readOn();
      });
      await (running ??= readOn());
      expect({ head, resets }).toEqual({ head: EVENTS, resets: 1 });

      const events = Array.from({ length: APPENDED }, (_, i) => eventAt(EVENTS + 1 + i));
      const appender = spawn(process.execPath, ['-e', APPENDER, proof.ledger, EVENTS.toString(), ...events], {
        stdio: 'inherit',
      });
      onTestFinished(() => void appender.kill());
      await once(appender, 'exit');
      await eventually(() => head === EVENTS + APPENDED);

      expect({ resets, told }).toEqual({ resets: 1, told: APPENDED });
    },
    LIMIT_MS,
  );
});
