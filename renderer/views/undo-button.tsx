import { Undo2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { type ActionResult, assertNever } from '../../core/model';
import { shown } from '../text';
import { useApp, useAppState } from './app-context';

/** Puts back what was taken away, and says in its place how that ended. */
export function UndoButton({ sourceId, undoId }: { readonly sourceId: string; readonly undoId: string }): ReactNode {
  const app = useApp();
  const readOnly = useAppState((state) => state.hello?.readOnly !== false);
  const [stage, setStage] = useState<'idle' | 'busy' | ActionResult>('idle');
  if (typeof stage === 'object') {
    return (
      <p className="wrap undo-ended" role="status">
        {shown(endingOf(stage), 600)}
      </p>
    );
  }
  return (
    <button
      type="button"
      className="button undo"
      disabled={stage === 'busy' || readOnly}
      onClick={() => {
        setStage('busy');
        void app.undo(sourceId, undoId).then(setStage);
      }}
    >
      <Undo2 size={13} aria-hidden />
      {stage === 'busy' ? 'Putting it back…' : 'Undo'}
    </button>
  );
}

function endingOf(result: ActionResult): string {
  switch (result.kind) {
    case 'done':
      return [result.message, ...result.warnings].join(' ');
    case 'conflict':
      return `Not undone: ${result.message}`;
    case 'refused':
      return `Not undone: ${result.reasons.join(' ')}`;
    case 'failed':
      return `Undo failed: ${result.error}`;
    default:
      return assertNever(result);
  }
}
