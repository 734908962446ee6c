import type { Column, MemoContent } from '../../host/memo-format';
import { EventPrints, PRINT_FIELDS } from '../events/event-prints';
import type { LedgerFinding } from '../findings';
import type { FolderLook } from '../reading/ledger-folder';
import type { Turns } from '../reading/turns';
import type { DialectFacts } from '../replay/dialect';
import { jsonParts } from '../replay/kept-parts';
import { createReplay, type KeptFold, type LedgerFold } from '../replay/ledger-fold';
import type { Dialect } from '../replay/replay';
import { type TransitionColumns, TransitionLog } from '../replay/transition-log';
import { eachLine, toLines } from './kept-lines';

/** Raised whenever what is kept, or what it means, changes. */
const FORMAT = 2;

/** What a memo of a ledger says of itself. */
interface About {
  readonly format: number;
  readonly program: string;
  readonly proofFolder: string;
  /** Which folder it was, by device, inode and time of birth. */
  readonly file: string;
  readonly bornNs: string | null;
  readonly dialect: Dialect;
  readonly naming: Dialect;
  readonly typeFacts: DialectFacts;
  readonly head: number;
  readonly moreFindings: number;
}

/** Which ledger it is, and whose memo of it. */
export interface LedgerIdentity {
  readonly program: string;
  readonly proofFolder: string;
  readonly folder: FolderLook;
}

/** A reading as it was kept, up to some event. */
export interface KeptReading {
  readonly dialect: Dialect;
  readonly naming: Dialect;
  readonly fold: KeptFold;
}

/**
 * What is to be kept of a fold, taken in slices. Null when an event was applied meanwhile: then it is neither the one
 * state nor the other. Rejects where its texts are too long to be kept. The columns are views, which stay as they are whatever is applied afterwards.
 */
export async function contentOfReading(
  identity: LedgerIdentity,
  fold: LedgerFold,
  turns: Turns,
): Promise<MemoContent | null> {
  const { head } = fold;
  const about: About = {
    format: FORMAT,
    program: identity.program,
    proofFolder: identity.proofFolder,
    file: identity.folder.file,
    bornNs: identity.folder.bornNs?.toString() ?? null,
    dialect: fold.replay.dialect,
    naming: fold.naming,
    typeFacts: fold.typeFacts,
    head,
    moreFindings: fold.moreFindings,
  };
  const { kinds, nodes, holders, sequences, previous, times, nodeNames, holderNames } = fold.log.columns();
  const isStill = (): boolean => fold.head === head;
  const lines = (texts: Iterable<string>) => toLines(texts, turns, isStill);
  const replay = await lines(fold.replay.parts());
  const findings = replay && (await lines(jsonParts(fold.findings)));
  const nodeLines = findings && (await lines(jsonParts(nodeNames)));
  const holderLines = nodeLines && (await lines(jsonParts(holderNames)));
  if (replay === null || findings === null || nodeLines === null || holderLines === null) return null;
  const columns = {
    prints: fold.prints.columns.subarray(0, head * PRINT_FIELDS),
    kinds,
    nodes,
    holders,
    sequences,
    previous,
    timeBytes: times.bytes,
    timeEnds: times.ends,
    nodeNames: nodeLines,
    holderNames: holderLines,
    replay,
    findings,
  };
  return { about, columns };
}

/**
 * The reading that a memo holds; null when it is of another ledger, of another program, or does not fit together.
 * Only for a memo that is exactly as it was written: its parts are taken for what they were then. Rejects when aborted.
 */
export async function readingOfContent(
  { about, columns }: MemoContent,
  identity: LedgerIdentity,
  turns: Turns,
): Promise<KeptReading | null> {
  const { dialect, naming, typeFacts, head, moreFindings, ...kept } = about as About;
  const wanted: typeof kept = {
    format: FORMAT,
    program: identity.program,
    proofFolder: identity.proofFolder,
    file: identity.folder.file,
    bornNs: identity.folder.bornNs?.toString() ?? null,
  };
  for (const key of Object.keys(wanted) as (keyof typeof kept)[]) if (kept[key] !== wanted[key]) return null;
  const prints = columns['prints'];
  if (!(prints instanceof Float64Array) || prints.length !== head * PRINT_FIELDS) return null;
  const names = async (column: string): Promise<readonly string[]> => entriesOf<string>(columns[column], turns);
  const log = TransitionLog.fromColumns({
    ...logColumns(columns),
    nodeNames: await names('nodeNames'),
    holderNames: await names('holderNames'),
  });
  if (log === null) return null;
  const replay = createReplay(dialect);
  await eachLine(columns['replay'], turns, (part) => {
    replay.takeUp(part);
  });
  const findings = await entriesOf<LedgerFinding>(columns['findings'], turns);
  return { dialect, naming, fold: { replay, prints: new EventPrints(prints), log, findings, moreFindings, typeFacts } };
}

/** Of a column that was written with entries of that sort. */
async function entriesOf<T>(column: Column | undefined, turns: Turns): Promise<readonly T[]> {
  const entries: T[] = [];
  await eachLine(column, turns, (text) => {
    entries.push(...(JSON.parse(text) as T[]));
  });
  return entries;
}

/** The columns of the log by the sorts that they were written with; one of another sort throws. */
function logColumns(columns: MemoContent['columns']): Omit<TransitionColumns, 'nodeNames' | 'holderNames'> {
  const of = <A extends Column>(name: string, sort: new () => A): A => {
    const column = columns[name];
    if (!(column instanceof sort)) throw new Error('A column is missing.');
    return column;
  };
  const kinds = of('kinds', Uint8Array);
  return {
    count: kinds.length,
    kinds,
    nodes: of('nodes', Uint32Array),
    holders: of('holders', Int32Array),
    sequences: of('sequences', Uint32Array),
    previous: of('previous', Int32Array),
    times: { bytes: of('timeBytes', Uint8Array), ends: of('timeEnds', Uint32Array) },
  };
}
