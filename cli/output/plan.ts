import { actionWord, describeEvidence, type Plan, quoteHostile, verdictWord } from '../../core/model';
import { printablePath } from './claims';
import { evidenceLines } from './detail';
import type { Style } from './style';

/** What an action would do: consequence, evidence, exact file names and bytes, condition. */
export function planText(plan: Plan, source: string, nowMs: number, style: Style): string {
  const holder = plan.holder === null ? '' : ` from ${quoteHostile(plan.holder, 64)}`;
  const title = `${actionWord(plan.action)} ${quoteHostile(plan.resource, 200)}${holder}`;
  return [
    `${style.bold(title)}  ${plan.verdict === null ? '' : `${style.verdict(plan.verdict, verdictWord(plan.verdict))}  `}${style.dim(printablePath(source))}`,
    whole(plan.consequence),
    ...claimLines(plan, nowMs, style),
    ...(plan.evidence.length === 0 ? [] : ['', style.dim('EVIDENCE'), ...evidenceLines(plan, nowMs, style)]),
    ...afterLines(plan, style),
    '',
    style.dim('WOULD WRITE'),
    ...(plan.writes.length === 0 ? ['  no file'] : plan.writes.flatMap(writeLines)),
    ...removalLines(plan, style),
    '',
    `Undo: ${whole(plan.undo)}`,
    ...plan.warnings.map((warning) => style.severity('warning', `Warning: ${whole(warning)}`)),
    `Seen: ${plan.seen}`,
  ].join('\n');
}

/** Of several claims, each in a line with what holds for it alone. */
function claimLines(plan: Plan, nowMs: number, style: Style): readonly string[] {
  if (plan.action === 'mend' || plan.claims.length < 2) return [];
  return [
    '',
    style.dim('CLAIMS'),
    ...plan.claims.map(({ resource, holder, verdict, evidence }) => {
      const facts = evidence.map((fact) => describeEvidence(fact, nowMs).headline).join('; ');
      const by = holder === null ? '' : `  ${quoteHostile(holder, 64)}`;
      return `  ${quoteHostile(resource, 200)}${by}  ${style.verdict(verdict, verdictWord(verdict))}  ${style.dim(facts)}`;
    }),
  ];
}

/** What a source reads as after a mend. */
function afterLines(plan: Plan, style: Style): readonly string[] {
  if (plan.action !== 'mend' || plan.after === null) return [];
  const { head, held, claims } = plan.after;
  const more = held - claims.length;
  return [
    '',
    style.dim('READS AS, AFTERWARDS'),
    `  up to #${head.toString()}, ${held === 1 ? '1 claim' : `${held.toString()} claims`}`,
    ...claims.map(({ resource, holder, until }) => {
      const by = holder === null ? '' : `  ${quoteHostile(holder, 64)}`;
      return `  ${quoteHostile(resource, 200)}${by}${until === null ? '' : `  until ${until.text}`}`;
    }),
    ...(more > 0 ? [`  and ${more.toString()} more`] : []),
  ];
}

function removalLines({ removes = [] }: Plan, style: Style): readonly string[] {
  if (removes.length === 0) return [];
  return ['', style.dim('WOULD TAKE AWAY'), ...removes.map(({ file, to }) => `  ${whole(file)} → ${whole(to)}`)];
}

function writeLines(write: Plan['writes'][number]): readonly string[] {
  const content = write.content.replace(/\n$/, '').split('\n');
  return [`  ${whole(write.file)}, ${whole(write.condition)}`, ...content.map((line) => `  ${whole(line)}`)];
}

/** Hostile text made printable, uncut: these are the bytes that are agreed to. */
function whole(text: string): string {
  return quoteHostile(text, text.length);
}

/** The same as data; `content` is exact but for its timestamp, which is set at the moment of writing. */
export function planJson(plan: Plan, nowMs: number): object {
  return {
    holder: plan.holder,
    verdict: plan.verdict,
    ...(plan.action === 'mend'
      ? { mend: plan.mend, after: plan.after }
      : { claims: plan.claims.map(({ resource, holder, verdict, seen }) => ({ resource, holder, verdict, seen })) }),
    seen: plan.seen,
    consequence: plan.consequence,
    evidence: plan.evidence.map((e) => ({ kind: e.kind, ...describeEvidence(e, nowMs) })),
    writes: plan.writes,
    removes: plan.removes ?? [],
    undo: plan.undo,
    warnings: plan.warnings,
    needs: plan.needs,
  };
}
