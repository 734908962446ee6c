import type { Bridge, Reply } from '../../contract';
import type { ActionResult, ClaimAction, MendOffer, Plan, PlanOutcome, SourceRow } from '../../core/model';
import { actionWord, assertNever } from '../../core/model';
import { shown } from '../text';
import { isOf, type ReapGroup, subjectAgain, subjectNow } from './action-subject';
import type { Clock } from './clock';
import type { ActionDialogState, ActionStage, ActionSubject, AppStore } from './state';
import type { Toasts } from './toasts';

const PLAN_AGAIN_MS = 5_000;
const AFTER_A_CHANGE_MS = 120;
const AFTER_TYPING_MS = 250;

/** One action, from the button to its result. Beginning one does nothing while another one is open. */
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
  /** Closes the dialog; not while something is being written. */
  close(): void;
  dispose(): void;
}

/**
 * Runs the dialog. While it is open the plan is made anew every 5 s and whenever something changes that it is about;
 * as soon as that is not what was seen, the dialog turns into a conflict and nothing can be committed.
 */
export function createActions(store: AppStore, bridge: Bridge, clock: Clock, toasts: Toasts): Actions {
  let cancel = (): void => undefined;
  /** Counts up with every question, so that an answer to an older one is known and dropped. */
  let asked = 0;

  function patch(change: Partial<ActionDialogState>): void {
    const { dialog } = store.getState();
    if (dialog !== null) store.setState({ dialog: { ...dialog, ...change } });
  }

  function stop(): void {
    asked += 1;
    cancel();
  }

  function stage(next: ActionStage): void {
    patch({ stage: next });
  }

  function schedule(ms: number): void {
    cancel();
    cancel = clock.after(ms, () => {
      void plan();
    });
  }

  async function plan(): Promise<void> {
    const { dialog } = store.getState();
    if (dialog === null || !planning(dialog.stage)) return;
    const { subject, actAs } = dialog;
    if (isRelease(subject) && actAs.trim() === '') {
      stage({ kind: 'needs-name' });
      return;
    }
    asked += 1;
    const mine = asked;
    const reply = await askFor(subject, actAs.trim());
    if (mine !== asked) return;
    stage(reply.ok ? stageOf(reply.value, subject) : { kind: 'failed', message: reply.message });
    schedule(PLAN_AGAIN_MS);
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
    const reply = await bridge.request('commit', { planId: planned.id, reason, confirmation });
    const result: ActionResult = reply.ok ? reply.value : { kind: 'failed', error: reply.message };
    report(planned, result);
    if (store.getState().dialog?.stage.kind === 'committing') stage({ kind: 'ended', plan: planned, result });
    if (result.kind === 'done' && dialog !== null && isRelease(dialog.subject)) await remember(dialog.actAs.trim());
  }

  /** The name that a release went well with is offered next time. */
  async function remember(actAs: string): Promise<void> {
    const { hello } = store.getState();
    if (hello === null || hello.settings.actAs === actAs) return;
    const reply = await bridge.request('saveSettings', { ...hello.settings, actAs });
    const now = store.getState().hello;
    if (reply.ok && now !== null) store.setState({ hello: { ...now, settings: reply.value } });
  }

  /** The status bar tells every result at once. */
  function report(planned: Plan, result: ActionResult): void {
    const loud = result.kind === 'done' && result.warnings.length > 0;
    store.setState({
      lastResult: {
        tone: loud || result.kind === 'failed' ? 'error' : result.kind === 'done' ? 'done' : 'warning',
        text: `${whatOf(planned)}: ${loud ? 'done, with warnings' : result.kind}`,
      },
    });
  }

  /** What was written, or may have been, is said once more after the dialog is closed; the loudest stays. */
  function remind(planned: Plan, result: ActionResult): void {
    if (result.kind === 'failed') {
      toasts.add({ tone: 'error', title: `${whatOf(planned)}: failed`, text: result.error });
    } else if (result.kind === 'done' && result.warnings.length > 0) {
      const text = result.warnings.join(' ');
      toasts.add({ tone: 'error', title: `${whatOf(planned)}: written, but look at this`, text });
    } else if (result.kind === 'done') {
      toasts.add({ tone: 'done', title: `${whatOf(planned)}: done`, text: result.message });
    }
  }

  function open(subject: ActionSubject, actAs: string): void {
    stop();
    store.setState({ dialog: { subject, seenSinceMs: clock.nowMs(), actAs, stage: { kind: 'planning' } } });
    void plan();
  }

  function begin(subject: ActionSubject): void {
    const { dialog, hello } = store.getState();
    if (dialog === null) open(subject, hello?.settings.actAs ?? '');
  }

  const unsubscribe = store.subscribe((state, before) => {
    if (state.picture === before.picture || state.dialog === null || !planning(state.dialog.stage)) return;
    const now = subjectNow(state.dialog.subject, state.picture, before.picture);
    if (now.kind === 'changed') {
      stop();
      stage({ kind: 'conflict', message: now.message });
    } else if (now.kind === 'touched') {
      schedule(AFTER_A_CHANGE_MS);
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
      if (name.trim() !== '') schedule(AFTER_TYPING_MS);
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
      stage({ kind: 'committing', plan: planned });
      const reason = input.reason.trim();
      void write(
        planned,
        reason === '' ? null : reason,
        planned.needs.confirmation === null ? null : input.confirmation,
      );
    },
    close() {
      const { dialog } = store.getState();
      if (dialog === null || dialog.stage.kind === 'committing') return;
      stop();
      store.setState({ dialog: null });
      if (dialog.stage.kind === 'ended') remind(dialog.stage.plan, dialog.stage.result);
    },
    dispose() {
      stop();
      unsubscribe();
    },
  };
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
