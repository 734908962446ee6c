import { assertNever, formatDuration, type VerifyOutcome } from '../core/model';

/** How a verification ended, in words. */
export function verifyWords(outcome: VerifyOutcome): {
  readonly tone: 'done' | 'warning' | 'error';
  readonly title: string;
  readonly text: string;
} {
  switch (outcome.kind) {
    case 'same':
      return {
        tone: 'done',
        title: 'verified, it is as shown',
        text: `Everything was read again in ${formatDuration(Math.max(100, outcome.tookMs))}${upTo(outcome.head)}: no difference.`,
      };
    case 'differed':
      return {
        tone: 'warning',
        title: 'it was not as shown',
        text: `${outcome.differences.join(' ')} From now on what was read just now is shown.`,
      };
    case 'failed':
      return { tone: 'error', title: 'could not be verified', text: outcome.error };
    default:
      return assertNever(outcome);
  }
}

function upTo(head: number | null): string {
  return head === null ? '' : `, up to #${head.toString()}`;
}
