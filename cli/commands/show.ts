import { Command } from 'commander';
import { CliError, EXIT, type ExitCode } from '../exit';
import { findClaim } from '../find';
import { type Look, withLook } from '../look';
import { detailJson, detailText } from '../output/detail';
import { toJson } from '../output/json';
import { sayStatus } from '../output/status';
import type { Output } from '../output/streams';
import { createStyle } from '../output/style';
import { isReadOnly } from './options';

export function showCommand(output: Output, end: (code: ExitCode) => void): Command {
  return new Command('show')
    .summary('show one claim in full')
    .description('Show one claim in full: holder, evidence, history, the raw record and what can be done.')
    .argument('<path>', 'a folder that is a source, or holds some')
    .argument('<resource>', 'the bare id of the resource: 1.2.3, ledger.lock')
    .option('--json', 'print it as one JSON object')
    .action(async (path: string, resource: string, options: { json?: true }, command: Command) => {
      end(
        await withLook([path], { readOnly: isReadOnly(command) }, (look) =>
          show(look, resource, options.json === true, output),
        ),
      );
    });
}

async function show(look: Look, resource: string, json: boolean, output: Output): Promise<ExitCode> {
  const found = findClaim(look, resource);
  if (found.kind === 'not-claimed') {
    throw new CliError(found.message, found.unreadable ? EXIT.unreadable : EXIT.refused);
  }
  const { claim, source } = found.claim;
  const detail = await look.inspector.detail(claim.key);
  if (detail === null) throw new CliError('It was released while it was being looked at.', EXIT.refused);
  const current = { claim: detail.claim, source };
  const nowMs = Date.now();
  output.data(
    json
      ? toJson(detailJson(current, detail, nowMs))
      : detailText(current, detail, nowMs, createStyle(output.colours.data)),
  );
  sayStatus(source, output);
  return source.status.kind === 'unreadable' ? EXIT.unreadable : EXIT.done;
}
