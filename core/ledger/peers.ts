import { basename } from 'node:path';
import type { NearbyProcess } from '../host/host';

/** The commands of the living program that append what they decided before they waited for the lock. */
const COMMANDS_WITHOUT_CAS: ReadonlySet<string> = new Set([
  'reap',
  'challenge',
  'resolve-challenge',
  'withdraw-challenge',
  'withdraw',
]);

/**
 * Those of the given processes that may append to this proof without looking again (protocol 1, *Who else writes*):
 * after a write of ours, their late event would break the proof.
 */
export function appendersWithoutCas(near: readonly NearbyProcess[]): readonly NearbyProcess[] {
  return near.filter((process) => {
    // The program itself, or an interpreter that runs it.
    const program = process.argv.findIndex((argument, index) => index < 3 && isLivingProgram(argument));
    return program >= 0 && process.argv.slice(program + 1).some((argument) => COMMANDS_WITHOUT_CAS.has(argument));
  });
}

function isLivingProgram(argument: string): boolean {
  const name = basename(argument);
  return name === 'af' || name === 'af.exe';
}
