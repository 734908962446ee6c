import { join } from 'node:path';
import { describeError } from '../../host/errors';
import { type ActionResult, assertNever, quoteHostile, type Undoable } from '../../model';
import { nodeOfClaim } from '../node-claim';
import type { LedgerReader } from '../reading/ledger-reader';
import { headOf } from './head';
import { isInside } from './inside';
import { WRITE_LOCK_ID } from './inspect-write-lock';
import { type LockFile, readLockFiles } from './lock-files';
import { putBack, whyNotPutBack } from './put-back';
import { type Kept, listKept, QUARANTINE, readKept } from './quarantine';
import type { TakeGround } from './take-target';

const PLACES = ['ledger', 'locks'] as const;

/** What was taken away from a proof and is kept, the newest first. Never throws. */
export function listTakenAway(ground: TakeGround): readonly Undoable[] {
  let found: readonly LockFile[] | null = null;
  // Looked at once, however much is kept.
  const locks = (): readonly LockFile[] => (found ??= readLockFiles(ground.reader.proofFolder).locks);
  return placesIn(ground)
    .flatMap((place) => {
      const folder = join(ground.reader.proofFolder, place);
      return listKept(folder).flatMap((kept): Undoable[] => {
        const { why } = kept;
        if (why.action === 'mend') return [];
        return [
          {
            ...wherefrom(place, kept),
            files: [wherefrom(place, kept)],
            id: kept.id,
            action: why.action,
            resource: kept.resource,
            holder: kept.holder,
            seen: kept.seen,
            takenAt: kept.takenAt,
            reason: kept.reason,
            against: whyNotPutBack(folder, kept) ?? reasonAgainst(ground, kept, locks),
          },
        ];
      });
    })
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** Where locks may lie. A link that leads out of the proof has nothing that is ours to list or to put back. */
function placesIn({ reader: { proofFolder } }: TakeGround): readonly (typeof PLACES)[number][] {
  return PLACES.filter((place) => isInside(proofFolder, join(proofFolder, place)));
}

/** Puts a lock back that was taken away, where nobody took it since. Never rejects. */
export async function undoTakeAway(ground: TakeGround, id: string, signal: AbortSignal): Promise<ActionResult> {
  const { reader } = ground;
  const place = placesIn(ground).find((each) => readKept(join(reader.proofFolder, each), id) !== null);
  if (place === undefined) {
    return { kind: 'refused', reasons: ['Nothing of that name is kept here. Nothing was changed.'] };
  }
  const outcome = await putBack(
    join(reader.proofFolder, place),
    id,
    (kept) => {
      reader.catchUp();
      return reasonAgainst(ground, kept, () => readLockFiles(reader.proofFolder).locks);
    },
    signal,
  );
  switch (outcome.kind) {
    case 'put-back': {
      const { kept } = outcome;
      const file = wherefrom(place, kept);
      return {
        kind: 'done',
        message: `Put back ${quoteHostile(file.file)}, with its bytes, mode and times. It counts as held again.`,
        written: [],
        warnings: outcome.warnings,
      };
    }
    case 'conflict':
    case 'refused':
    case 'failed':
      return outcome;
    default:
      return assertNever(outcome);
  }
}

function wherefrom(place: (typeof PLACES)[number], kept: Kept): { readonly file: string; readonly to: string } {
  const [{ original, name }] = kept.files;
  return { file: `${place}/${original}`, to: `${place}/${QUARANTINE}/${name}` };
}

function sinceHead(reader: LedgerReader, before: number): string | null {
  try {
    const head = headOf(reader);
    if (head === before) return null;
    return `Somebody took the lock since: the ledger went from #${before.toString()} to #${head.toString()}.`;
  } catch (error) {
    return `The ledger cannot be listed: ${describeError(error)}.`;
  }
}

/** What the ledger says against it: a lock that was taken and released since leaves its trace there. */
function reasonAgainst({ reader }: TakeGround, kept: Kept, locks: () => readonly LockFile[]): string | null {
  if (reader.outOfReach !== null) return `The ledger cannot be read: ${reader.outOfReach}.`;
  const { why } = kept;
  const claimId = why.action === 'mend' ? '' : why.claimId;
  if (claimId === WRITE_LOCK_ID) {
    return sinceHead(reader, kept.head);
  }
  const node = nodeOfClaim(claimId) ?? kept.resource;
  const held = reader.replay.claim(node);
  if (held !== undefined) return `Node ${quoteHostile(node)} was claimed by ${quoteHostile(held.owner)} since.`;
  const other = locks().find((lock) => lock.node === node);
  return other === undefined ? null : `Node ${quoteHostile(node)} was claimed by ${quoteHostile(other.file)} since.`;
}
