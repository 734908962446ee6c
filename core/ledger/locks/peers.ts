import { basename } from 'node:path';
import type { HiddenProcess, NearbyProcess, ProcessTable } from '../../host/host';
import { quoteHostile } from '../../model';

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
    const program = programIn(process);
    return program >= 0 && process.argv.slice(program + 1).some((argument) => COMMANDS_WITHOUT_CAS.has(argument));
  });
}

/** Those of the given processes that are the living program, whatever they do. */
export function livingPrograms(near: readonly NearbyProcess[]): readonly NearbyProcess[] {
  return near.filter((process) => programIn(process) >= 0);
}

/** Where the program itself stands among the arguments, or behind an interpreter that runs it; -1 where it does not. */
function programIn(process: HiddenProcess): number {
  return process.argv.findIndex((argument, index) => index < 3 && isLivingProgram(argument));
}

function isLivingProgram(argument: string): boolean {
  const name = basename(argument);
  return name === 'af' || name === 'af.exe';
}

/** What an operator should know who relies on nobody being seen at a proof: none, or one sentence. */
export function hiddenWarning(processes: ProcessTable): readonly string[] {
  if (processes.hidden === undefined) return [];
  const hidden = processes.hidden();
  if (hidden === null) {
    return ['Which other programs are at work on this proof cannot be seen on this system: be sure that none is.'];
  }
  const [program] = hidden.filter((process) => programIn(process) >= 0);
  if (program === undefined) return [];
  const command = quoteHostile(program.argv.join(' '), 80);
  return [
    `Process ${program.pid.toString()} (${command}) of another user may be at work on this proof: where it works cannot be seen. Be sure that it is elsewhere.`,
  ];
}
