import { type FSWatcher, statSync, watch } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'ledger';
/** What stands beside the ledger and is read. */
const LOCKS = 'locks';
const META = 'meta.json';
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
 * Watches a proof: its ledger folder, its `locks`, and the proof itself for `meta.json`. What it tells is a hint, never
 * data. A folder that vanishes and comes back is watched again. Never throws.
 *
 * The system's own watch, and no library: one would look at files through the few threads that the whole process
 * shares, which four dead disks use up for everybody.
 */
export function watchLedger(proofFolder: string, listener: LedgerWatchListener): LedgerWatch {
  const ledgerFolder = join(proofFolder, FOLDER);
  const locksFolder = join(proofFolder, LOCKS);
  let watcher: FSWatcher | null = null;
  const locks = new FolderWatch(locksFolder, listener.onBeside);
  const proof = new FolderWatch(proofFolder, (name) => {
    if (name === null || name === META || name === LOCKS) listener.onBeside();
  });
  let last = lookAt(ledgerFolder);

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
    const isOtherBeside = [locks.look(), proof.look()].includes(true);
    if (isOtherBeside) listener.onBeside();
  }, LOOK_EVERY_MS);
  arm();
  wasArmed = isArmed();
  locks.look();
  proof.look();
  return {
    get mode() {
      return isArmed() ? 'watching' : 'looking';
    },
    stop() {
      clearInterval(look);
      disarm();
      locks.stop();
      proof.stop();
    },
  };
}

/** Watches one folder as long as it is the same one. */
class FolderWatch {
  readonly #folder: string;
  readonly #onName: (name: string | null) => void;
  #watcher: FSWatcher | null = null;
  #last: ReturnType<typeof lookAt> = { identity: null, changedNs: 0n };

  constructor(folder: string, onName: (name: string | null) => void) {
    this.#folder = folder;
    this.#onName = onName;
  }

  /**
   * True when the folder, or what is listed in it, is not what it was at the look before. A folder that came to be, or
   * came back, is not watched by who watched the old one: from then on it is.
   */
  look(): boolean {
    const now = lookAt(this.#folder);
    const isOther = now.identity !== this.#last.identity;
    if (isOther || this.#watcher === null) this.#arm(now.identity !== null);
    const isChanged = isOther || now.changedNs !== this.#last.changedNs;
    this.#last = now;
    return isChanged;
  }

  stop(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #arm(isThere: boolean): void {
    this.stop();
    if (!isThere) return;
    try {
      const watcher = watch(this.#folder, (_event, name) => this.#onName(name));
      watcher.on('error', () => {
        this.stop();
        this.#onName(null);
      });
      this.#watcher = watcher;
    } catch {
      // The next look tries again.
    }
  }
}

function lookAt(folder: string): { readonly identity: string | null; readonly changedNs: bigint } {
  try {
    const stat = statSync(folder, { bigint: true });
    return { identity: `${stat.dev.toString()}:${stat.ino.toString()}`, changedNs: stat.mtimeNs };
  } catch {
    return { identity: null, changedNs: 0n };
  }
}
