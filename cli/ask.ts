import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';
import { type Plan, quoteHostile } from '../core/model';

const GO_ON = 'Go on? Type yes: ';

/** Whether somebody is there who can be asked. Questions go to stderr: stdout is for data. */
export function canAsk(): boolean {
  return isatty(process.stdin.fd) && isatty(process.stderr.fd);
}

/**
 * Asks the operator about one plan. What a plan wants typed (the resource of a force-release, the first file of a mend) must be typed exactly.
 * An end of input or Ctrl+C is a no. Only where `canAsk`.
 */
export async function confirm(plan: Plan, signal: AbortSignal): Promise<boolean> {
  const wanted = plan.needs.confirmation;
  const question =
    wanted === null
      ? GO_ON
      : `${plan.action === 'mend' ? 'This takes good events out of the ledger' : 'This takes it from a holder that may be alive'}. Type ${quoteHostile(wanted, wanted.length)} to go on: `;
  const answer = await ask(question, signal);
  return answer !== null && answer.trim() === (wanted ?? 'yes');
}

/** Asks for a plain yes. As `confirm` otherwise. */
export async function confirmYes(signal: AbortSignal): Promise<boolean> {
  const answer = await ask(GO_ON, signal);
  return answer !== null && answer.trim() === 'yes';
}

function ask(question: string, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    let answered = false;
    const end = (answer: string | null): void => {
      answered = true;
      signal.removeEventListener('abort', giveUp);
      resolve(answer);
      lines.close();
    };
    const giveUp = (): void => {
      if (answered) return;
      // The question stands in an unfinished line.
      process.stderr.write('\n');
      end(null);
    };
    signal.addEventListener('abort', giveUp);
    // Readline takes Ctrl+C on a terminal for itself: here it is a no like any other.
    lines.once('SIGINT', giveUp);
    lines.once('close', giveUp);
    lines.question(question, end);
    if (signal.aborted) giveUp();
  });
}
