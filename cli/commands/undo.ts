import { Command } from 'commander';
import { type ActionResult, assertNever, quoteHostile, type SourceUndoable } from '../../core/model';
import { CliError, EXIT, type ExitCode } from '../exit';
import { requireSource } from '../find';
import { withInterrupt } from '../interrupt';
import { type Look, withLook } from '../look';
import { printablePath } from '../output/claims';
import { toJson } from '../output/json';
import { shout } from '../output/result';
import { sentence } from '../output/status';
import type { Output } from '../output/streams';
import { isReadOnly } from './options';

export function undoCommand(output: Output, end: (code: ExitCode) => void): Command {
  return new Command('undo')
    .summary('put back what was taken away')
    .description('List what was taken away and is kept: locks, and files that a mend moved. Or put it back as it was.')
    .argument('<path>', 'a folder that is a source, or holds some')
    .argument('[id]', 'what the list calls it')
    .option('--json', 'print the list, or the result, as one JSON object')
    .action(async (path: string, id: string | undefined, options: { json?: true }, command: Command) => {
      const json = options.json === true;
      const readOnly = isReadOnly(command);
      if (readOnly && id !== undefined) {
        throw new CliError('Nothing was changed: --read-only refuses every action.', EXIT.refused);
      }
      end(
        await withInterrupt((signal) =>
          withLook([path], { readOnly, signal }, async (look) => {
            requireSource(look);
            const kept = await look.inspector.undoables();
            return id === undefined ? list(look, kept, json, output) : undo(look, kept, id, json, output, signal);
          }),
        ),
      );
    });
}

function list(look: Look, kept: readonly SourceUndoable[], json: boolean, output: Output): ExitCode {
  const entries = kept.map(({ sourceId, ...rest }) => ({ source: pathOf(look, sourceId), ...rest }));
  if (json) output.data(toJson({ undoables: entries }));
  else if (entries.length === 0) output.say('Nothing that was taken away is kept here.');
  if (json) return EXIT.done;
  for (const { id, source, files, takenAt, action, holder, against } of entries) {
    const from = holder === null || holder === '' ? '' : ` from ${quoteHostile(holder, 64)}`;
    output.data(`${id}  ${namesOf(files)}  ${printablePath(source)}`);
    output.data(
      `  taken away at ${quoteHostile(takenAt)} by a ${action}${from}; ${against === null ? 'can be put back' : `stays: ${sentence(against)}`}`,
    );
  }
  return EXIT.done;
}

const MOST_NAMED = 5;

/** All that comes back together. */
function namesOf(files: SourceUndoable['files']): string {
  const names = files.slice(0, MOST_NAMED).map(({ file }) => quoteHostile(file, 200));
  const more = files.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more.toString()} more` : ''}`;
}

async function undo(
  look: Look,
  kept: readonly SourceUndoable[],
  undoId: string,
  json: boolean,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const found = kept.find(({ id }) => id === undoId);
  if (found === undefined) {
    throw new CliError(`Nothing that was taken away is kept here as ${quoteHostile(undoId)}.`, EXIT.refused);
  }
  const { sourceId, resource } = found;
  const result = await look.inspector.undo({ sourceId, undoId }, signal);
  if (json) {
    const source = pathOf(look, sourceId);
    output.data(toJson({ source, resource, action: 'undo', result: result.kind, message: messageOf(result) }));
  } else if (result.kind === 'done') output.data(`${quoteHostile(resource, 200)}: ${messageOf(result)}`);
  else output.say(`${quoteHostile(resource, 200)}: ${result.kind}. ${messageOf(result)}`);
  if (result.kind !== 'done') return EXIT.refused;
  for (const warning of result.warnings) shout(warning, output);
  return result.warnings.length === 0 ? EXIT.done : EXIT.refused;
}

function messageOf(result: ActionResult): string {
  switch (result.kind) {
    case 'done':
    case 'conflict':
      return sentence(result.message);
    case 'refused':
      return result.reasons.map(sentence).join(' ');
    case 'failed':
      return sentence(result.error);
    default:
      return assertNever(result);
  }
}

function pathOf(look: Look, sourceId: string): string {
  return look.sources.find(({ id }) => id === sourceId)?.path ?? '';
}
