import { type ActionResult, assertNever } from '../../core/model';
import type { AppStore, Toast } from './state';
import type { Toasts } from './toasts';

/** Tells how an action or an undo ended, wherever the operator looks by then. */
export interface Endings {
  /** The status bar tells it at once. `what` as in `Reap 1.2`. */
  report(what: string, result: ActionResult): void;
  /** A notice tells it, whatever it is: for an end that nobody may have seen. What is bad stays until it is dismissed. */
  tell(what: string, result: ActionResult): void;
}

export function createEndings(store: AppStore, toasts: Toasts): Endings {
  return {
    report(what, result) {
      const loud = isLoud(result);
      store.setState({
        lastResult: { tone: toneOf(result), text: `${what}: ${loud ? 'done, with warnings' : result.kind}` },
      });
    },
    tell(what, result) {
      toasts.add({ tone: toneOf(result), ...wordsOf(what, result) });
    },
  };
}

/** It was done, and something went wrong after it: the loudest of all. */
function isLoud(result: ActionResult): boolean {
  return result.kind === 'done' && result.warnings.length > 0;
}

function toneOf(result: ActionResult): Toast['tone'] {
  if (isLoud(result) || result.kind === 'failed') return 'error';
  return result.kind === 'done' ? 'done' : 'warning';
}

function wordsOf(what: string, result: ActionResult): Pick<Toast, 'title' | 'text'> {
  switch (result.kind) {
    case 'done':
      return result.warnings.length > 0
        ? { title: `${what}: done, but look at this`, text: result.warnings.join(' ') }
        : { title: `${what}: done`, text: result.message };
    case 'conflict':
      return { title: `${what}: conflict`, text: result.message };
    case 'refused':
      return { title: `${what}: refused`, text: result.reasons.join(' ') };
    case 'failed':
      return { title: `${what}: failed`, text: result.error };
    default:
      return assertNever(result);
  }
}
