import { type FSWatcher, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { type FSWatcher as BesideWatcher, watch as watchFew } from 'chokidar';

const FOLDER = 'ledger';
/** A watch may lose events silently when its queue overflows: so often one stat looks whether it did, in ms. */
const LOOK_EVERY_MS = 2_000;

export interface LedgerWatchListener {
  /** A name in the ledger folder changed; null when only the folder itself tells that something did. */
  readonly onLedger: (name: string | null) => void;
  /** Something in `locks/`, or `meta.json`, changed. */
  readonly onBeside: () => void;
}

export interface LedgerWatch {
  /** `looking` while the system does not let us watch: then what happens is noticed within 2 s. */
  readonly mode: 'watching' | 'looking';
  stop(): void;
}

/**
 * Watches a proof: natively in the ledger folder (which may hold very many files), through a library that lists
 * beside it. What it tells is a hint, never data. A folder that vanishes and comes back is watched again.
 * Never throws.
 */
export function watchLedger(proofFolder: string, listener: LedgerWatchListener): LedgerWatch {
  const ledgerFolder = join(proofFolder, FOLDER);
  const locksFolder = join(proofFolder, 'locks');
  let watcher: FSWatcher | null = null;
  let beside: BesideWatcher | null = null;
  let last = lookAt(ledgerFolder);
  let lastLocks = lookAt(locksFolder);

  const disarm = () => {
    watcher?.close();
    watcher = null;
  };
  const arm = () => {
    disarm();
    try {
      watcher = watch(ledgerFolder, (_event, name) => {
        // So a folder tells that it is itself gone, and maybe there again under the same number: watch that one.
        if (name === FOLDER) disarm();
        listener.onLedger(name === FOLDER ? null : name);
      });
      watcher.on('error', disarm);
    } catch {
      // The look every 2 s arms it as soon as the folder can be watched.
    }
  };
  const armBeside = () => {
    void beside?.close();
    beside = watchFew([locksFolder, join(proofFolder, 'meta.json')], {
      ignoreInitial: true,
      depth: 0,
      followSymlinks: false,
    });
    // What changed before it was ready, it tells nobody.
    beside.on('ready', listener.onBeside);
    beside.on('all', listener.onBeside);
    beside.on('error', listener.onBeside);
  };
  const isArmed = (): boolean => watcher !== null;
  let wasArmed = false;
  const look = setInterval(() => {
    const now = lookAt(ledgerFolder);
    if (now.identity !== last.identity || watcher === null) arm();
    const isOther = now.identity !== last.identity || now.changedNs !== last.changedNs;
    // A watch that came or went is worth a reading, which tells so.
    if (isOther || isArmed() !== wasArmed) listener.onLedger(null);
    wasArmed = isArmed();
    last = now;
    const locks = lookAt(locksFolder);
    // A folder that came to be, or came back, is not watched by who watched the old one.
    if (locks.identity !== lastLocks.identity) armBeside();
    if (locks.identity !== lastLocks.identity || locks.changedNs !== lastLocks.changedNs) listener.onBeside();
    lastLocks = locks;
  }, LOOK_EVERY_MS);
  arm();
  wasArmed = isArmed();
  armBeside();
  return {
    get mode() {
      return isArmed() ? 'watching' : 'looking';
    },
    stop() {
      clearInterval(look);
      disarm();
      void beside?.close();
    },
  };
}

function lookAt(folder: string): { readonly identity: string | null; readonly changedNs: bigint } {
  try {
    const stat = statSync(folder, { bigint: true });
    return { identity: `${stat.dev.toString()}:${stat.ino.toString()}`, changedNs: stat.mtimeNs };
  } catch {
    return { identity: null, changedNs: 0n };
  }
}
