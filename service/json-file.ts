import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../core/host/make-folder';
import { log } from './log';

const AT_MOST_BYTES = 256 * 1024;

/** A small JSON file of our own. */
export interface JsonFile<T> {
  /** What it says; null when there is none, or it says nothing that `parse` accepts (it is then kept aside). */
  read(): Promise<T | null>;
  /**
   * Replaces it in one step: a reader sees the old content or the new one, after a crash too.
   * Writes happen in the order of the calls. Rejects when the system refuses.
   */
  write(value: T): Promise<void>;
}

/**
 * `parse` returns null for what it does not accept; it may not throw.
 * A file that is not accepted is renamed to `….broken`, so that nothing an operator wrote is lost.
 */
export function jsonFile<T>(path: string, parse: (value: unknown) => T | null): JsonFile<T> {
  let queue: Promise<void> = Promise.resolve();
  return {
    async read() {
      const text = await readText(path);
      if (text === null) return null;
      const value = parse(fromJson(text));
      if (value === null) await keepAside(path);
      return value;
    },
    write(value) {
      const text = `${JSON.stringify(value, null, 2)}\n`;
      const write = queue.then(() => replaceFile(path, text));
      // The next write does not depend on how this one ended.
      queue = write.catch(() => undefined);
      return write;
    },
  };
}

/** Undefined for text that is no JSON; no parser accepts that. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Null when there is no such file, or it is not ours to read; empty text when it is far too long to be ours. */
async function readText(path: string): Promise<string | null> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      return size > AT_MOST_BYTES ? '' : await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isMissing(error)) log(`${path} cannot be read`, error);
    return null;
  }
}

async function keepAside(path: string): Promise<void> {
  try {
    await rename(path, `${path}.broken`);
    log(`${path} was not understood and is kept as ${path}.broken`);
  } catch (error) {
    log(`${path} was not understood and could not be kept aside`, error);
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  await makeFolder(dirname(path));
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a rename durable. Windows cannot open folders and needs no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
