import { describeError } from '../core/host/errors';
import { type ActionResult, type AuditEntry, instantFromMs, type RemovedFile, type Undoable } from '../core/model';
import { auditOutcome, type CommitOptions, systemUser } from './commit';
import type { OpenedSource } from './opened-source';

/**
 * Puts something back that was taken away, in its source's turn. The audit log has it before it starts and after it
 * ended; if the log cannot be written first, nothing is done. When it resolves, the source was read again. Never rejects.
 */
export async function undoTaken(opened: OpenedSource, undoId: string, options: CommitOptions): Promise<ActionResult> {
  const result = await opened.exclusively(async (turn): Promise<ActionResult> => {
    const undoable = (await turn.undoables()).find(({ id }) => id === undoId);
    if (undoable === undefined) return refused('Nothing of that name is kept here any more. Nothing was changed.');
    const entry = auditEntry(opened, undoable, options);
    try {
      await options.audit.append(entry);
    } catch (error) {
      return refused(`The audit log cannot be written (${describeError(error)}), so nothing was done.`);
    }
    const undone = await turn.undo(undoId, options.signal);
    const told = await auditOutcome(
      undone.kind === 'done' ? { ...entry, removed: removedOf(undoable) } : entry,
      undone,
      options,
    );
    await turn.read();
    await options.onAudited();
    return told;
  });
  return result ?? refused('The source was closed before it was done. Nothing was changed.');
}

function refused(reason: string): ActionResult {
  return { kind: 'refused', reasons: [reason] };
}

/** What is back in its place. */
function removedOf({ id, files }: Undoable): readonly RemovedFile[] {
  return files.map((each) => ({ ...each, undoId: id }));
}

function auditEntry({ state }: OpenedSource, undoable: Undoable, { clock, program }: CommitOptions): AuditEntry {
  const { file, to, files, resource, holder, seen } = undoable;
  return {
    when: instantFromMs(clock.nowMs()).text,
    user: systemUser(),
    program,
    action: 'undo',
    source: state.row.path,
    protocol: state.row.protocol,
    resource,
    holder,
    actAs: null,
    seen,
    verdict: null,
    evidence: [`Taken away at ${undoable.takenAt}: by a ${undoable.action}`],
    reason: null,
    written: [],
    result: 'started',
    message:
      files.length === 1
        ? `${file} is put back from ${to}, if nothing has taken its place.`
        : `${files.length.toString()} files are put back, if nothing has taken their places.`,
  };
}
