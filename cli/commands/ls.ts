import { Command } from 'commander';
import type { ClaimDetail, SourceRow } from '../../core/model';
import { EXIT, type ExitCode } from '../exit';
import { type Look, withLook } from '../look';
import { claimJson, claimsTable, findingJson, findingsTable, printablePath } from '../output/claims';
import { toJson } from '../output/json';
import { sayStatus } from '../output/status';
import type { Output } from '../output/streams';
import { createStyle } from '../output/style';
import { isReadOnly } from './options';

export function lsCommand(output: Output, end: (code: ExitCode) => void): Command {
  return new Command('ls')
    .summary('list the claims at or below the paths')
    .description('List every claim of every source at or below the paths, and what is wrong with the sources.')
    .argument('<path...>', 'folders that are sources, or hold some')
    .option('--json', 'print claims and findings as one JSON object')
    .action(async (paths: string[], options: { json?: true }, command: Command) => {
      end(await withLook(paths, { readOnly: isReadOnly(command) }, (look) => ls(look, options.json === true, output)));
    });
}

async function ls(look: Look, json: boolean, output: Output): Promise<ExitCode> {
  const nowMs = Date.now();
  if (json) output.data(toJson(await lsJson(look, nowMs)));
  else lsText(look, nowMs, output);
  for (const message of [...look.nothingFound, ...look.cutShort]) output.say(message);
  for (const source of look.sources) sayStatus(source, output);
  return exitCodeOf(look);
}

/** A path that gave nothing, or of which we could not see all, outranks a source that its own tools cannot read. */
function exitCodeOf(look: {
  readonly nothingFound: readonly string[];
  readonly sources: readonly SourceRow[];
}): ExitCode {
  const isHidden = ({ status }: SourceRow): boolean => status.kind === 'out-of-reach' || status.kind === 'undecided';
  if (look.nothingFound.length > 0 || look.sources.some(isHidden)) return EXIT.refused;
  return look.sources.some((s) => s.status.kind === 'unreadable') ? EXIT.unreadable : EXIT.done;
}

async function lsJson(look: Look, nowMs: number): Promise<object> {
  const paths = new Map(look.sources.map((source) => [source.id, source.path]));
  const claims: object[] = [];
  for (const claim of look.claims) {
    const detail: ClaimDetail | null = await look.inspector.detail(claim.key);
    claims.push(claimJson(claim, detail, paths.get(claim.sourceId) ?? '', nowMs));
  }
  return {
    claims,
    findings: look.sources.flatMap((source) => source.findings.map((f) => findingJson(f, source.path))),
  };
}

function lsText(look: Look, nowMs: number, output: Output): void {
  const style = createStyle(output.colours.data);
  const hasFindings = look.sources.some((source) => source.findings.length > 0);
  if (look.claims.length > 0) output.data(claimsTable(look.claims, look.sources, nowMs, style));
  else if (look.sources.length > 0) output.say('Nothing is claimed here.');
  if (hasFindings) output.data(`${look.claims.length > 0 ? '\n' : ''}${findingsTable(look.sources, style)}`);
  for (const source of look.sources) {
    if (!source.findings.some(({ mend }) => mend !== undefined)) continue;
    output.say(`What can be mended here, and how: lockscope mend --dry-run ${printablePath(source.path)}`);
  }
}
