import type { Bridge, Reply } from '../../contract';
import type { ActionResult, ClaimAction, MendOffer, Plan, PlanOutcome, SourceRow } from '../../core/model';
import { actionWord, assertNever } from '../../core/model';
import { shown } from '../text';
import { isOf, type ReapGroup, subjectAgain, subjectNow } from './action-subject';
import type { Clock } from './clock';
import type { Endings } from './endings';
import { createPace } from './pace';
import type { Picture } from './picture';
import type { ActionDialogState, ActionStage, ActionSubject, AppStore } from './state';
import type { Toasts } from './toasts';

const PLAN_AGAIN_MS = 5_000;
const AFTER_A_CHANGE_MS = 120;
const AFTER_TYPING_MS = 250;
/** A write that takes longer need not be waited for. */
const LONG_MS = 10_000;

/** One action, from the button to its result. Beginning one does nothing while another one is open that has not ended. */
export interface Actions {
  /** Opens the dialog for the claim as it is in the picture now. */
  begin(key: string, action: ClaimAction): void;
  /** Opens the dialog for reaping these claims, all of one source, in one step. */
  beginReap(group: ReapGroup): void;
  /** Opens the dialog for a mend that a finding offers. */
  beginMend(source: SourceRow, offer: MendOffer): void;
  /** The name to act as, for a release. */
  setActAs(name: string): void;
  /** After a conflict: looks at the claim as it is now and plans anew. The operator asks for it, nobody else. */
  lookAgain(): void;
  /** Does what the plan on the screen says. At most once a plan. */
  commit(input: { readonly reason: string; readonly confirmation: string }): void;
  /** Closes the dialog; while something is being written only where `mayClose` says so. How it ends is told then. */
  close(): void;
  dispose(): void;
}

/**
 * Runs the dialog. While it is open the plan is made anew every 5 s and whenever something changes that it is about;
 * as soon as that is not what was seen, the dialog turns into a conflict and nothing can be committed.
 */
export function createActions(
  store: AppStore,
  bridge: Bridge,
  clock: Clock,
  toasts: Toasts,
  endings: Endings,
): Actions {
  /** Counts up when the dialog moves on, so that an answer to an older question is known and dropped. */
  let asked = 0;
  const pace = createPace(clock, plan);
  /** What was left while it was being written: by its plan, how its notice is taken away. */
  const left = new Map<string, () => void>();

  function patch(change: Partial<ActionDialogState>): void {
    const { dialog } = store.getState();
    if (dialog !== null) store.setState({ dialog: { ...dialog, ...change } });
  }

  function stop(): void {
    asked += 1;
    pace.stop();
  }

  function stage(next: ActionStage): void {
    patch({ stage: next });
  }

  async function plan(): Promise<void> {
    const { dialog } = store.getState();
    if (dialog === null || !planning(dialog.stage)) return;
    const { subject, actAs } = dialog;
    if (isRelease(subject) && actAs.trim() === '') {
      stage({ kind: 'needs-name' });
      return;
    }
    const mine = asked;
    const reply = await askFor(subject, actAs.trim());
    if (mine !== asked) return;
    stage(reply.ok ? stageOf(reply.value, subject) : { kind: 'failed', message: reply.message });
    pace.within(PLAN_AGAIN_MS);
  }

  function askFor(subject: ActionSubject, actAs: string): Promise<Reply<'plan'>> {
    if (subject.kind === 'mend') {
      return bridge.request('planMend', { sourceId: subject.sourceId, ...subject.offer });
    }
    const claims = subject.claims.map(({ key, seen }) => ({ key, seen }));
    const { action } = subject;
    return bridge.request('plan', { claims, action, actAs: action === 'release' ? actAs : null });
  }

  async function write(planned: Plan, reason: string | null, confirmation: string | null): Promise<void> {
    const { dialog } = store.getState();
    const cancel = clock.after(LONG_MS, () => {
      if (isWriting(planned)) stage({ kind: 'committing', plan: planned, isLong: true });
    });
    const reply = await bridge.request('commit', { planId: planned.id, reason, confirmation });
    cancel();
    const result: ActionResult = reply.ok ? reply.value : { kind: 'failed', error: reply.message };
    endings.report(whatOf(planned), result);
    if (isWriting(planned)) stage({ kind: 'ended', plan: planned, result });
    else told(planned, result);
    if (dialog === null) return;
    if (result.kind === 'done') unmark(dialog.subject);
    if (result.kind === 'done' && isRelease(dialog.subject)) await remember(dialog.actAs.trim());
  }

  /** Whether the dialog is about this very writing; it may have been left, and another one begun. */
  function isWriting(planned: Plan): boolean {
    const now = store.getState().dialog?.stage;
    return now?.kind === 'committing' && now.plan.id === planned.id;
  }

  /** How something ended that the operator left while it was being written. */
  function told(planned: Plan, result: ActionResult): void {
    left.get(planned.id)?.();
    left.delete(planned.id);
    endings.tell(whatOf(planned), result);
  }

  function leave(planned: Plan): void {
    const what = whatOf(planned);
    store.setState({ lastResult: { tone: 'warning', text: `${what}: no answer yet` } });
    const id = toasts.add({
      tone: 'warning',
      title: `${what}: no answer yet`,
      text: 'Whether it was written is not known. How it ended is told here as soon as it has.',
    });
    left.set(planned.id, () => {
      toasts.dismiss(id);
    });
  }

  /** What ended needs no mark any more; marks in other sources stay. */
  function unmark(subject: ActionSubject): void {
    if (subject.kind === 'mend') return;
    const marked = new Map(store.getState().marked);
    const dropped = subject.claims.filter(({ key }) => marked.delete(key));
    if (dropped.length > 0) store.setState({ marked });
  }

  /** The name that a release went well with is offered next time. */
  async function remember(actAs: string): Promise<void> {
    const { hello } = store.getState();
    if (hello === null || hello.settings.actAs === actAs) return;
    const reply = await bridge.request('saveSettings', { ...hello.settings, actAs });
    const now = store.getState().hello;
    if (reply.ok && now !== null) store.setState({ hello: { ...now, settings: reply.value } });
  }

  /** What was written, or may have been, is said once more after the dialog is closed. */
  function remind(planned: Plan, result: ActionResult): void {
    if (result.kind === 'done' || result.kind === 'failed') endings.tell(whatOf(planned), result);
  }

  function open(subject: ActionSubject, actAs: string): void {
    stop();
    store.setState({ dialog: { subject, seenSinceMs: clock.nowMs(), actAs, stage: { kind: 'planning' } } });
    pace.now();
  }

  function begin(subject: ActionSubject): void {
    const { dialog, hello } = store.getState();
    if (dialog === null || dialog.stage.kind === 'ended') open(subject, hello?.settings.actAs ?? '');
  }

  const unsubscribe = store.subscribe((state, before) => {
    if (state.picture === before.picture || state.dialog === null || !planning(state.dialog.stage)) return;
    const now = subjectNow(state.dialog.subject, state.picture, before.picture);
    if (now.kind === 'changed') {
      stop();
      stage({ kind: 'conflict', message: now.message });
    } else if (now.kind === 'touched') {
      pace.within(AFTER_A_CHANGE_MS);
    }
  });

  return {
    begin(key, action) {
      const claim = store.getState().picture.claims.get(key);
      if (claim !== undefined) begin({ kind: 'claims', action, sourceId: claim.sourceId, claims: [claim] });
    },
    beginReap({ sourceId, claims }) {
      if (claims.length > 0) begin({ kind: 'claims', action: 'reap', sourceId, claims });
    },
    beginMend({ id, title }, offer) {
      begin({ kind: 'mend', sourceId: id, title, offer });
    },
    setActAs(name) {
      const { dialog } = store.getState();
      if (dialog === null || !planning(dialog.stage)) return;
      stop();
      patch({ actAs: name, stage: name.trim() === '' ? { kind: 'needs-name' } : { kind: 'planning' } });
      if (name.trim() !== '') pace.within(AFTER_TYPING_MS);
    },
    lookAgain() {
      const { dialog, picture } = store.getState();
      if (dialog === null || dialog.stage.kind === 'committing') return;
      const again = subjectAgain(dialog.subject, picture);
      if (again !== null) open(again, dialog.actAs);
    },
    commit(input) {
      const { dialog, hello } = store.getState();
      if (dialog?.stage.kind !== 'planned' || hello?.readOnly !== false) return;
      const planned = dialog.stage.plan;
      stop();
      stage({ kind: 'committing', plan: planned, isLong: false });
      const reason = input.reason.trim();
      void write(
        planned,
        reason === '' ? null : reason,
        planned.needs.confirmation === null ? null : input.confirmation,
      );
    },
    close() {
      const { dialog, picture } = store.getState();
      if (dialog === null || !mayClose(dialog, picture)) return;
      stop();
      store.setState({ dialog: null });
      if (dialog.stage.kind === 'committing') leave(dialog.stage.plan);
      else if (dialog.stage.kind === 'ended') remind(dialog.stage.plan, dialog.stage.result);
    },
    dispose() {
      stop();
      unsubscribe();
    },
  };
}

/**
 * Whether the operator may close the dialog. What is being written is waited for, but for no disk that hangs: nobody
 * knows when that ends.
 */
export function mayClose({ stage, subject }: ActionDialogState, picture: Picture): boolean {
  if (stage.kind !== 'committing' || stage.isLong) return true;
  return picture.sources.some(({ id, waitingSinceMs }) => id === subject.sourceId && waitingSinceMs !== undefined);
}

/** `Reap 1.2` */
function whatOf(planned: Plan): string {
  return `${actionWord(planned.action)} ${shown(planned.resource, 60)}`;
}

/** Whether the dialog still follows the claim: once it ended or met a conflict, only the operator goes on. */
function planning(stage: ActionStage): boolean {
  switch (stage.kind) {
    case 'needs-name':
    case 'planning':
    case 'planned':
    case 'refused':
    case 'failed':
      return true;
    case 'conflict':
    case 'committing':
    case 'ended':
      return false;
    default:
      return assertNever(stage);
  }
}

function isRelease(subject: ActionSubject): boolean {
  return subject.kind === 'claims' && subject.action === 'release';
}

function stageOf(outcome: PlanOutcome, subject: ActionSubject): ActionStage {
  switch (outcome.kind) {
    case 'planned':
      return isOf(outcome.plan, subject)
        ? { kind: 'planned', plan: outcome.plan }
        : { kind: 'conflict', message: 'This is no longer what you looked at.' };
    case 'conflict':
      return { kind: 'conflict', message: outcome.message };
    case 'refused':
      return { kind: 'refused', reasons: outcome.reasons };
    case 'failed':
      return { kind: 'failed', message: outcome.error };
    default:
      return assertNever(outcome);
  }
}
