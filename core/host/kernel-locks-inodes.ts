import { type BigIntStats, lstatSync, opendirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { performance } from 'node:perf_hooks';

/** More files and folders than this are not looked at, nor for longer. */
const MOST_LOOKED_AT = 10_000;
const MOST_MS = 50;
/** A folder is looked through again after this many times as long as that took. */
const REST_TIMES = 50;
/** What was not found is looked for again after this long, in ms: it may have been moved here. */
const AGAIN_MS = 30_000;
const PASSED_OVER = new Set(['node_modules']);

/**
 * Which file of a folder has an inode: for a lock of which no process can be seen that has its file open. The folder is
 * looked through only then, as far as some bounds go, and what was found is checked anew each time.
 */
export class InodeSearch {
  readonly #root: string;
  readonly #procRoot: string;
  readonly #found = new Map<string, string>();
  /** When these were looked for in vain. */
  readonly #missing = new Map<string, number>();
  #devices: ReadonlySet<string> = new Set();
  /** In this look: what stands here was looked at, and it was looked through. */
  #isLookedAt = false;
  #isLookedThrough = false;
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  /** `root`: absolute; a folder, or one file. */
  constructor(root: string, procRoot: string) {
    this.#root = root;
    this.#procRoot = procRoot;
  }

  /** From here on another look: what is here is asked for anew, and looked through once more at most. */
  beginLook(): void {
    this.#isLookedAt = false;
    this.#isLookedThrough = false;
  }

  /** The path of the file that the kernel names by these; null where none was found. Never throws. */
  pathOf(device: string, inode: string, fresh: boolean): string | null {
    // Most locks of a machine are on other disks.
    if (!this.#isHere(device)) return null;
    const known = this.#found.get(inode);
    if (known !== undefined && lookAt(known)?.ino.toString() === inode) return known;
    if (this.#isLookedThrough) return null;
    const startedMs = performance.now();
    const missed = this.#missing.get(inode);
    const isResting = startedMs < this.#restsUntilMs || (missed !== undefined && startedMs < missed + AGAIN_MS);
    if (isResting && !fresh) return null;
    this.#isLookedThrough = true;
    this.#search(startedMs);
    const endedMs = performance.now();
    this.#restsUntilMs = endedMs + (endedMs - startedMs) * REST_TIMES;
    const path = this.#found.get(inode);
    if (path === undefined) {
      if (this.#missing.size >= MOST_LOOKED_AT) this.#missing.clear();
      this.#missing.set(inode, endedMs);
    }
    return path ?? null;
  }

  /** Some file systems give their files another device than the one by which the kernel lists locks. Both are believed. */
  #isHere(device: string): boolean {
    if (!this.#isLookedAt) {
      this.#isLookedAt = true;
      const root = lookAt(this.#root);
      this.#devices = new Set(
        root === null ? [] : [deviceText(root.dev), ...mountedDevices(this.#root, this.#procRoot)],
      );
    }
    return this.#devices.has(device);
  }

  /** The nearest folders first. */
  #search(startedMs: number): void {
    this.#found.clear();
    const root = lookAt(this.#root);
    if (root === null) return;
    if (!root.isDirectory()) {
      this.#found.set(root.ino.toString(), this.#root);
      return;
    }
    const folders = [this.#root];
    let looked = 0;
    for (let next = folders.shift(); next !== undefined; next = folders.shift()) {
      for (const name of namesIn(next, MOST_LOOKED_AT - looked)) {
        looked += 1;
        if (looked >= MOST_LOOKED_AT || performance.now() - startedMs > MOST_MS) return;
        const path = join(next, name);
        const stats = lookAt(path);
        // What is mounted below is another file system, where the same number is another file.
        if (stats === null || stats.dev !== root.dev) continue;
        if (stats.isFile()) this.#found.set(stats.ino.toString(), path);
        else if (stats.isDirectory() && !PASSED_OVER.has(name)) {
          // Locks of the task tools, and of tools that keep theirs in a folder of their own, come first.
          if (name.startsWith('.') && name !== '.git') folders.unshift(path);
          else folders.push(path);
        }
      }
    }
  }
}

function lookAt(path: string): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch {
    return null;
  }
}

function namesIn(folder: string, most: number): readonly string[] {
  const names: string[] = [];
  try {
    const entries = opendirSync(folder);
    try {
      for (let entry = entries.readSync(); entry !== null && names.length < most; entry = entries.readSync()) {
        names.push(entry.name);
      }
    } finally {
      entries.closeSync();
    }
  } catch {
    // What this user may not list is passed over.
  }
  return names;
}

/** A device's number as the kernel's list of locks has it. */
function deviceText(device: bigint): string {
  const number = Number(device);
  const major = Math.floor(number / 2 ** 8) % 2 ** 12;
  const minor = (number % 2 ** 8) + (Math.floor(number / 2 ** 20) % 2 ** 12) * 2 ** 8;
  return inHex(major, minor);
}

function inHex(major: number, minor: number): string {
  return [major, minor].map((part) => part.toString(16).padStart(2, '0')).join(':');
}

/** The device of what is mounted where `path` is, by the kernel's own list, as it has it in its list of locks. */
function mountedDevices(path: string, procRoot: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(`${procRoot}/self/mountinfo`, 'utf8');
  } catch {
    return [];
  }
  let longest = -1;
  let device: string | null = null;
  for (const line of text.split('\n')) {
    const [, , numbers = '', , escaped = ''] = line.split(' ');
    const point = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const [major = Number.NaN, minor = Number.NaN] = numbers.split(':').map(Number);
    const isAbove = point === '/' || path === point || path.startsWith(point + sep);
    // Of two on one point the later one hides the other.
    if (!isAbove || point.length < longest || Number.isNaN(major) || Number.isNaN(minor)) continue;
    longest = point.length;
    device = inHex(major, minor);
  }
  return device === null ? [] : [device];
}
