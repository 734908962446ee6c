import { closeSync, openSync } from 'node:fs';
import { DatabaseProcesses, NoAnswer } from '../../../../core/task-lease/database-processes';

// Asks for a database while this process may open no more files, and once more when it may: DATABASE PROGRAM. Prints what
// came of each, one a line.

const [path = '', program = ''] = process.argv.slice(2);
const processes = new DatabaseProcesses(program);

async function ask(): Promise<string> {
  try {
    return (await processes.ask({ kind: 'read', path })).kind;
  } catch (error) {
    return error instanceof NoAnswer ? error.why : String(error);
  }
}

const taken: number[] = [];
try {
  for (;;) taken.push(openSync('/dev/null', 'r'));
} catch {
  // There are none left.
}
const without = await Promise.all([ask(), ask(), ask(), ask()]);
for (const file of taken) closeSync(file);
process.stdout.write(`${[...without, await ask()].join('\n')}\n`);
processes.end();
