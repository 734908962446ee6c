import type { LedgerNames } from '../events/ledger-names';
import type { FolderLook } from '../reading/ledger-folder';
import { type OrderedEvents, orderEvents } from '../reading/order-events';
import { newSharedCheck, startCheckingThread } from '../reading/shared-check';
import { Turns } from '../reading/turns';
import type { DialectJudge } from '../replay/dialect-judge';
import { LedgerFold } from '../replay/ledger-fold';
import { areHeldSame, arePrintsSame } from './check-kept';
import type { LedgerKeeper } from './ledger-keeper';

/** Which ledger, and what its reader has to look at it with. */
export interface RecallPlace {
  readonly folder: string;
  readonly proofFolder: string;
  readonly look: FolderLook;
  readonly judge: DialectJudge;
  readonly readingThread: string | undefined;
  /** Null when the folder cannot be listed. */
  readonly list: () => Promise<LedgerNames | null>;
}

export type Recalled =
  | {
      readonly kind: 'recalled';
      readonly fold: LedgerFold;
      readonly order: OrderedEvents;
      readonly names: LedgerNames;
    }
  /** Nothing is kept, nothing that this program may believe, or the folder cannot be listed now. */
  | { readonly kind: 'nothing' }
  /** It is of this ledger and program, and does not tell what the ledger holds. */
  | { readonly kind: 'disproved' };

/**
 * What was kept of a ledger, where every event that was read for it is still there as it was, and the names tell nothing
 * else. Rejects when aborted: what is kept may be good yet.
 */
export async function recallFold(keeper: LedgerKeeper, place: RecallPlace, signal: AbortSignal): Promise<Recalled> {
  const { folder, proofFolder, judge } = place;
  // It starts while what was kept is loaded.
  const thread = startCheckingThread(place.readingThread, folder);
  try {
    const kept = await keeper.recall(place.look, signal);
    if (kept === null) return { kind: 'nothing' };
    const { dialect, naming } = kept;
    const { replay, prints, typeFacts } = kept.fold;
    const check = newSharedCheck(folder, naming, prints.columns, true);
    thread?.check(check);
    const names = await place.list();
    if (names === null) return { kind: 'nothing' };
    judge.remember(typeFacts);
    judge.start(names);
    const order = orderEvents(names, naming);
    const isSame = judge.dialect === dialect && judge.naming === naming && order.consecutive >= prints.last;
    const turns = new Turns(signal);
    if (!isSame || !(await arePrintsSame(check, thread, turns))) return { kind: 'disproved' };
    if (!(await areHeldSame(replay, { folder, proofFolder, naming }, turns))) return { kind: 'disproved' };
    const fold = new LedgerFold(dialect, naming, judge, { young: keeper.youngEvents(), kept: kept.fold });
    return { kind: 'recalled', fold, order, names };
  } finally {
    thread?.close();
  }
}
