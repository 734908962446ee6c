import { Command } from 'commander';
import { assertNever, type SourceRow, type VerifyOutcome } from '../../core/model';
import { EXIT, type ExitCode } from '../exit';
import { requireSource } from '../find';
import { type Look, withLook } from '../look';
import { printablePath } from '../output/claims';
import { toJson } from '../output/json';
import { sayStatus } from '../output/status';
import type { Output } from '../output/streams';
import { isReadOnly } from './options';

export function verifyCommand(output: Output, end: (code: ExitCode) => void): Command {
  return new Command('verify')
    .summary('read everything again, and compare')
    .description('Read every source at or below the path from its first byte, and tell whether it is what is shown.')
    .argument('<path>', 'a folder that is a source, or holds some')
    .option('--json', 'print the results as one JSON object')
    .action(async (path: string, options: { json?: true }, command: Command) => {
      end(
        await withLook([path], { readOnly: isReadOnly(command) }, (look) =>
          verify(look, options.json === true, output),
        ),
      );
    });
}

async function verify(look: Look, json: boolean, output: Output): Promise<ExitCode> {
  requireSource(look);
  for (const message of look.cutShort) output.say(message);
  const results: { readonly source: SourceRow; readonly outcome: VerifyOutcome }[] = [];
  for (const source of look.sources) {
    const outcome = await look.inspector.verify(source.id);
    results.push({ source, outcome });
    if (!json) print(source, outcome, output);
  }
  if (json) {
    output.data(
      toJson({
        results: results.map(({ source, outcome: { kind, ...rest } }) => ({
          source: source.path,
          result: kind,
          ...rest,
        })),
      }),
    );
  }
  for (const { id } of look.sources) {
    const source = look.inspector.snapshot().sources.find((row) => row.id === id);
    if (source !== undefined) sayStatus(source, output);
  }
  const has = (kind: VerifyOutcome['kind']): boolean => results.some(({ outcome }) => outcome.kind === kind);
  if (has('failed')) return EXIT.refused;
  return has('differed') ? EXIT.differed : EXIT.done;
}

function print({ path }: SourceRow, outcome: VerifyOutcome, output: Output): void {
  const name = printablePath(path);
  switch (outcome.kind) {
    case 'same':
      output.data(`${name}: the same. ${pictureWords(outcome)}`);
      return;
    case 'differed':
      output.data(`${name}: not the same. ${pictureWords(outcome)}`);
      for (const difference of outcome.differences) output.data(`  ${difference}`);
      return;
    case 'failed':
      output.say(`${name}: ${outcome.error}`);
      return;
    default:
      assertNever(outcome);
  }
}

function pictureWords({ head, claims, tookMs }: Extract<VerifyOutcome, { kind: 'same' | 'differed' }>): string {
  const events = head === null ? '' : `${count(head, 'event')}, `;
  return `${events}${count(claims, 'claim')}, read in ${Math.ceil(tookMs).toString()} ms.`;
}

function count(number: number, word: string): string {
  return `${number.toString()} ${word}${number === 1 ? '' : 's'}`;
}
