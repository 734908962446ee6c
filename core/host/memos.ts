import { createHash, randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { type FileHandle, link, open, readdir, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './errors';
import { makeFolder } from './make-folder';
import { type MemoContent, memoPieces, readMemo, sizeOfColumns } from './memo-format';
import { removeQuietly } from './names';

const SUFFIX = '.memo';
const KEY = 'key';
const KEY_BYTES = 32;
/** What the folder holds at most; the memos that were not used for longest go first. */
const MOST_FILES = 64;
const MOST_BYTES = 512 << 20;
const MOST_BYTES_EACH = 256 << 20;
/** A file that is being written is never that old, in ms. */
const LEFT_OVER_MS = 3_600_000;

/** Where memos are kept, and when. Plain data: it can be handed to another thread. */
export interface MemoOptions {
  /** Absolute; made when the first memo is written. */
  readonly folder: string;
  /** Names the program that writes them. What another version wrote is never believed. */
  readonly program: string;
  /** What has fewer parts (a ledger: events) is read anew faster than a memo of it is worth. */
  readonly leastParts: number;
  /** A file that changed less than so many ms ago may change again without its times telling. */
  readonly settledMs: number;
}

/** What is kept by default: where reading anew takes longer than anybody would notice. */
export const MEMO_DEFAULTS = { leastParts: 1_000, settledMs: 2_000 } as const;

/**
 * Memos: what was worked out of something large and is the same as long as that did not change, kept in files of ours
 * from one start to the next. Each is written aside, synced and moved into its place, so it is there whole or not at
 * all; of two writers the last one wins.
 *
 * A memo is given back exactly as it was written, or not at all: a digest by a key of this folder covers all of it, so
 * one that was damaged, altered, or brought from elsewhere is passed over. Nothing here rejects or logs: where memos
 * cannot be kept, there are none.
 */
export class Memos {
  readonly options: MemoOptions;
  #key: Uint8Array | null = null;

  constructor(options: MemoOptions) {
    this.options = options;
  }

  /** Whether there is a memo about `subject`, to be believed or not. */
  has(subject: string): boolean {
    return existsSync(this.#pathOf(subject));
  }

  /** The memo about `subject`, or null. `turn` is awaited now and then during long work; what it throws comes through. */
  async read(subject: string, turn: () => Promise<unknown>): Promise<MemoContent | null> {
    const path = this.#pathOf(subject);
    const bytes = await this.#load(path);
    const key = bytes === null ? null : await this.#findKey();
    if (bytes === null || key === null) return null;
    const content = await readMemo(bytes, key, turn);
    // So that it is not among those that are removed first.
    if (content !== null) await utimes(path, new Date(), new Date()).catch(() => undefined);
    return content;
  }

  /** Keeps a memo about `subject` in place of the one before. False when that was not possible. */
  async write(subject: string, content: MemoContent): Promise<boolean> {
    if (sizeOfColumns(content) > MOST_BYTES_EACH) return false;
    const temp = this.#tempPath();
    try {
      await makeFolder(this.options.folder);
      if (!(await isOursAlone(this.options.folder))) return false;
      const key = await this.#makeKey();
      await writeAside(temp, memoPieces(content, key));
      await rename(temp, this.#pathOf(subject));
    } catch {
      await unlink(temp).catch(() => undefined);
      return false;
    }
    await this.#tidy().catch(() => undefined);
    return true;
  }

  /** Removes the memo about `subject`, if there is one. */
  forget(subject: string): void {
    removeQuietly(this.#pathOf(subject));
  }

  #pathOf(subject: string): string {
    const name = createHash('sha256').update(subject).digest('hex').slice(0, 32);
    return join(this.options.folder, name + SUFFIX);
  }

  #tempPath(): string {
    return join(this.options.folder, `.${process.pid.toString()}-${randomBytes(8).toString('hex')}.tmp`);
  }

  async #load(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    let file: FileHandle | null = null;
    try {
      if (!(await isOursAlone(this.options.folder))) return null;
      file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const { size } = await file.stat();
      if (size > MOST_BYTES_EACH + (64 << 20)) return null;
      // A room of its own, so that columns can be used where they lie.
      const bytes = new Uint8Array(size);
      let length = 0;
      while (length < size) {
        const { bytesRead } = await file.read(bytes, length, size - length, length);
        if (bytesRead === 0) return null;
        length += bytesRead;
      }
      return bytes;
    } catch {
      return null;
    } finally {
      await file?.close().catch(() => undefined);
    }
  }

  async #findKey(): Promise<Uint8Array | null> {
    if (this.#key !== null) return this.#key;
    try {
      const key = await readFile(join(this.options.folder, KEY));
      if (key.length === KEY_BYTES) this.#key = key;
    } catch {
      // Without a key no memo is believed.
    }
    return this.#key;
  }

  /** The key of the folder; made where there is none, and of two who make one both take the first. */
  async #makeKey(): Promise<Uint8Array> {
    // Another process may have replaced it since we looked.
    this.#key = null;
    const known = await this.#findKey();
    if (known !== null) return known;
    const path = join(this.options.folder, KEY);
    const temp = this.#tempPath();
    await writeAside(temp, [randomBytes(KEY_BYTES)]);
    await link(temp, path).catch(async (error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
      // One that can be read and is none of ours is damaged: with it, nothing here would ever be believed.
      if ((await this.#findKey()) === null) await rename(temp, path);
    });
    await unlink(temp).catch(() => undefined);
    const made = await this.#findKey();
    if (made === null) throw new Error('There is no key.');
    return made;
  }

  /** Removes memos beyond what the folder may hold, and what writers left behind that did not end. */
  async #tidy(): Promise<void> {
    const files: { readonly path: string; readonly size: number; readonly mtimeMs: number }[] = [];
    for (const name of await readdir(this.options.folder)) {
      const path = join(this.options.folder, name);
      if (!name.endsWith(SUFFIX) && !name.endsWith('.tmp')) continue;
      const { size, mtimeMs } = await stat(path);
      if (name.endsWith(SUFFIX)) files.push({ path, size, mtimeMs });
      else if (Date.now() - mtimeMs > LEFT_OVER_MS) await unlink(path);
    }
    files.sort((a, b) => b.mtimeMs - a.mtimeMs);
    let bytes = 0;
    for (const [i, { path, size }] of files.entries()) {
      bytes += size;
      if (i >= MOST_FILES || bytes > MOST_BYTES) await unlink(path);
    }
  }
}

async function writeAside(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for (const piece of pieces) {
      let written = 0;
      while (written < piece.length) written += (await file.write(piece, written)).bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whether nobody but us can put anything into a folder. */
async function isOursAlone(folder: string): Promise<boolean> {
  if (process.getuid === undefined) return true;
  const { uid, mode } = await stat(folder);
  return uid === process.getuid() && (mode & 0o022) === 0;
}
