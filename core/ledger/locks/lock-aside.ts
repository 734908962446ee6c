import { sep } from 'node:path';
import { errorCode } from '../../host/errors';
import { type FileLook, type FileSteps, type Place, placeOf } from '../../host/file-steps';
import type { ProcessIdentity } from '../../model';
import { LOCK_NAME, ownLockTempName } from './lock-content';

/** The file of a lock of ours under its name aside: written there whole, and kept there for as long as the lock is held. */
export class LockAside {
  /** Where it is, and where the lock's own name is. */
  readonly place: Place;
  readonly lock: Place;
  readonly #steps: FileSteps;
  readonly #turn: Turn;

  /** Throws where the folder's path is none. */
  constructor(ledgerFolder: string, process: ProcessIdentity, steps: FileSteps) {
    const turn = takeTurn();
    if (turn.folder !== ledgerFolder || turn.process !== process) {
      turn.lock = placeOf(ledgerFolder + sep + LOCK_NAME);
      turn.aside = placeOf(ledgerFolder + sep + ownLockTempName(process, turn.number));
      turn.folder = ledgerFolder;
      turn.process = process;
    }
    this.place = turn.aside;
    this.lock = turn.lock;
    this.#steps = steps;
    this.#turn = turn;
  }

  /**
   * Creates the file, which must not exist; its bytes may not be on disk yet. Throws the system's error, and leaves
   * nothing then.
   */
  write(content: string): FileLook {
    const steps = this.#steps;
    const fd = steps.create(this.place);
    let isOpen = true;
    try {
      steps.write(fd, content);
      const look = steps.lookAtOpen(fd);
      isOpen = false;
      steps.close(fd);
      return look;
    } catch (error) {
      if (isOpen) closeQuietly(steps, fd);
      this.removeQuietly();
      throw error;
    }
  }

  /** Removes the file, to be written anew. What stays is harmless, and readers name it. */
  removeQuietly(): void {
    try {
      this.#steps.unlink(this.place);
    } catch {
      // It is not there, or it may stay.
    }
  }

  /** Removes the file for good, and gives its name back. One that cannot be removed is not used again. */
  end(): void {
    try {
      this.#steps.unlink(this.place);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') return;
    }
    freeTurns.push(this.#turn);
  }
}

/** A name aside that only one lock has at a time, and the places of the last one that had it: most locks are of one folder. */
interface Turn {
  readonly number: number;
  folder: string | null;
  process: ProcessIdentity | null;
  aside: Place;
  lock: Place;
}

/** Those that are free again. A name that the system knew before costs it less than a new one. */
const freeTurns: Turn[] = [];
let turns = 0;

function takeTurn(): Turn {
  const free = freeTurns.pop();
  if (free !== undefined) return free;
  turns += 1;
  return { number: turns, folder: null, process: null, aside: NOWHERE, lock: NOWHERE };
}

const NOWHERE = placeOf('');

function closeQuietly(steps: FileSteps, fd: number): void {
  try {
    steps.close(fd);
  } catch {
    // Why it could not be written is what counts.
  }
}
