import {
  actionWord,
  type ClaimDetail,
  describeEvidence,
  evidenceTone,
  formatDuration,
  type Instant,
  instantFromMs,
  NO_SAFE_ACTION,
  quoteHostile,
  type Transition,
  transitionWord,
  type Waiter,
} from '../../core/model';
import type { FoundClaim } from '../find';
import { claimJson, findingJson, heldWords, holderWords, printablePath, timeLeftWords, verdictWords } from './claims';
import type { Style } from './style';

/** One claim in full, for people. */
export function detailText({ claim, source }: FoundClaim, detail: ClaimDetail, nowMs: number, style: Style): string {
  const title = claim.title === null ? '' : `  ${quoteHostile(claim.title, 200)}`;
  const lines = [
    `${style.bold(quoteHostile(claim.resource, 200))}  ${style.verdict(claim.verdict, verdictWords(claim))}${title}`,
    '',
    field('Source', printablePath(source.path)),
    field('Kind', quoteHostile(claim.kind, 24)),
    field('Holder', holderWords(claim) + alsoHolds(detail)),
    field('Taken', when(claim.acquiredAt, nowMs)),
    field('Held', heldWords(claim, nowMs)),
    field('Ends', when(claim.expiresAt, nowMs)),
    field('Time left', timeLeftWords(claim, nowMs)),
    field('Seen', claim.seen),
    '',
    style.dim('EVIDENCE'),
    ...evidenceLines(detail, nowMs, style),
    ...section(
      'WAITING',
      detail.waiters.map((waiter) => waiterLine(waiter, nowMs)),
      style,
    ),
    ...section(
      'HISTORY',
      detail.transitions.map((t) => transitionLine(t)),
      style,
    ),
    ...recordLines(detail, style),
    ...section('POSSIBLE ACTIONS', actionLines({ claim, source }, detail), style),
  ];
  return lines.join('\n');
}

/** One claim in full, as `--json` prints it. */
export function detailJson({ claim, source }: FoundClaim, detail: ClaimDetail, nowMs: number): object {
  return {
    claim: {
      ...claimJson(claim, detail, source.path, nowMs),
      transitions: detail.transitions.map((t) => ({
        kind: t.kind,
        at: t.at?.text ?? null,
        basis: t.basis,
        event: t.sequence,
        holder: t.holder,
        until: t.until?.text ?? null,
      })),
      record: detail.record,
      commands: detail.commands,
      alsoHolds: detail.alsoHolds.map(({ kind, resource }) => ({ kind, resource })),
      waiters: detail.waiters.map(({ process, name, how, sinceMs }) => ({
        pid: process?.pid ?? null,
        name,
        how,
        since: instantFromMs(sinceMs).text,
      })),
    },
    findings: source.findings.map((finding) => findingJson(finding, source.path)),
  };
}

function actionLines({ claim, source }: FoundClaim, detail: ClaimDetail): readonly string[] {
  if (claim.actions.length === 0)
    return [`  None. ${source.status.kind === 'out-of-reach' ? 'The source is out of reach.' : NO_SAFE_ACTION}`];
  return detail.commands.map(({ action, command }) => {
    // Escaped, a line end would make it another command.
    const shown = command.includes('\n')
      ? '(its name holds a line end: take the command from --json)'
      : quoteHostile(command, 4096);
    return `  ${actionWord(action).padEnd(14)} ${shown}`;
  });
}

function field(name: string, value: string): string {
  return `${`${name}:`.padEnd(11)}${value}`;
}

function section(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.length === 0 ? [] : ['', style.dim(title), ...lines];
}

function when(instant: Instant | null, nowMs: number): string {
  if (instant === null) return '—';
  const ms = nowMs - instant.ms;
  return `${quoteHostile(instant.text)} (${ms < 0 ? `in ${formatDuration(-ms)}` : `${formatDuration(ms)} ago`})`;
}

function alsoHolds(detail: ClaimDetail): string {
  if (detail.alsoHolds.length === 0) return '';
  const shown = detail.alsoHolds.slice(0, 8).map(({ resource }) => quoteHostile(resource, 40));
  const more = detail.alsoHolds.length - shown.length;
  return `, also holds ${shown.join(', ')}${more > 0 ? ` and ${more.toString()} more` : ''}`;
}

const SIGNS = { for: '+', against: '-', gone: 'x', open: '?' } as const;

/** `+` speaks for the holder, `-` against it, `x` proves it gone, `?` leaves it open. */
export function evidenceLines(detail: Pick<ClaimDetail, 'evidence'>, nowMs: number, style: Style): readonly string[] {
  return detail.evidence.map((evidence) => {
    const words = describeEvidence(evidence, nowMs);
    const sign = SIGNS[evidenceTone(evidence)];
    return `  ${sign} ${quoteHostile(words.headline, 300)} ${style.dim(`(${quoteHostile(words.detail, 500)})`)}`;
  });
}

/** `blocked` is what the kernel says; who has the file open may ask again and again, or never. */
function waiterLine({ process, name, how, sinceMs }: Waiter, nowMs: number): string {
  const who = process === null ? 'a process that is not seen' : `process ${process.pid.toString()}`;
  const what = name === null ? '' : ` (${quoteHostile(name, 80)})`;
  const seen = `seen for ${formatDuration(Math.max(0, nowMs - sinceMs))}`;
  return `  ${who}${what} ${how === 'blocked' ? 'is blocked' : 'has the file open and may be waiting'}, ${seen}`;
}

function transitionLine(transition: Transition): string {
  const at = (transition.at === null ? '—' : quoteHostile(transition.at.text)).padEnd(35);
  const holder = transition.holder === null ? '' : ` by ${quoteHostile(transition.holder, 40)}`;
  const until = transition.until === null ? '' : ` until ${quoteHostile(transition.until.text)}`;
  const basis = transition.sequence === null ? transition.basis : `#${transition.sequence.toString()}`;
  return `  ${at} ${transitionWord(transition.kind)}${holder}${until} (${basis})`;
}

function recordLines(detail: ClaimDetail, style: Style): readonly string[] {
  if (detail.record === null) return [];
  const { label, text, cut } = detail.record;
  const lines = text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => `  ${quoteHostile(line, line.length)}`);
  if (cut) lines.push('  … (cut here, the record is longer)');
  return ['', style.dim(`RECORD ${quoteHostile(label, 200)}`), ...lines];
}
