import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import {
  answerBytes,
  attributesAnswer,
  entryAnswer,
  handleAnswer,
  initAnswer,
  listedName,
  type Request,
  requestIn,
} from './fuse';

// A disk that is as slow as a test wants: one folder, shown read-only at another place by the kernel's own FUSE, so
// that every question a program asks of that place is answered here, and late. The command line names the folder and
// the place (both absolute). A line on stdin says how many ms each answer takes from now on, or `hang`; `counts` is
// answered with the questions so far. It ends with its stdin. Watches are told nothing, as on a disk to which another
// machine writes.

const [source = '', place = ''] = process.argv.slice(2);

let delayMs: number | 'hang' = 0;
const hung = new Map<bigint, () => void>();
let asked = 0;

const pathOf = new Map<bigint, string>([[1n, source]]);
const nodeOf = new Map<string, bigint>([[source, 1n]]);
const files = new Map<bigint, number>();
const listings = new Map<bigint, readonly Buffer[]>();
let handles = 0n;

function nodeFor(file: string): bigint {
  const known = nodeOf.get(file);
  if (known !== undefined) return known;
  const node = BigInt(nodeOf.size + 1);
  nodeOf.set(file, node);
  pathOf.set(node, file);
  return node;
}

/** Null where the kernel wants no answer. */
function answerTo({ operation, node, body }: Request): Buffer | number | null {
  const file = pathOf.get(node) ?? '';
  switch (operation) {
    case 'init':
      return initAnswer(body);
    case 'lookup': {
      const child = path.join(file, body.subarray(0, body.indexOf(0)).toString());
      return entryAnswer(nodeFor(child), fs.lstatSync(child, { bigint: true }));
    }
    case 'getattr':
      return attributesAnswer(fs.lstatSync(file, { bigint: true }));
    case 'readlink':
      return Buffer.from(fs.readlinkSync(file));
    case 'open':
      handles += 1n;
      files.set(handles, fs.openSync(file, 'r'));
      return handleAnswer(handles);
    case 'read': {
      const bytes = Buffer.alloc(body.readUInt32LE(16));
      const fd = files.get(body.readBigUInt64LE(0)) ?? -1;
      return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, Number(body.readBigUInt64LE(8))));
    }
    case 'release': {
      const fd = files.get(body.readBigUInt64LE(0));
      if (fd !== undefined) fs.closeSync(fd);
      files.delete(body.readBigUInt64LE(0));
      return Buffer.alloc(0);
    }
    case 'opendir': {
      handles += 1n;
      const entries = fs.readdirSync(file, { withFileTypes: true });
      listings.set(
        handles,
        entries.map((entry, i) => listedName(entry, i + 1)),
      );
      return handleAnswer(handles);
    }
    case 'readdir': {
      const part: Buffer[] = [];
      let room = body.readUInt32LE(16);
      for (const entry of listings.get(body.readBigUInt64LE(0))?.slice(Number(body.readBigUInt64LE(8))) ?? []) {
        room -= entry.length;
        if (room < 0) break;
        part.push(entry);
      }
      return Buffer.concat(part);
    }
    case 'releasedir':
      listings.delete(body.readBigUInt64LE(0));
      return Buffer.alloc(0);
    case 'statfs':
      return Buffer.alloc(80);
    case 'flush':
      return Buffer.alloc(0);
    case 'forget':
    case 'interrupt':
      return null;
    case 'other':
      return constants.errno.ENOSYS;
  }
}

function errorOf(error: unknown): number {
  const errno = error instanceof Error && 'errno' in error ? error.errno : null;
  return typeof errno === 'number' ? Math.abs(errno) : constants.errno.EIO;
}

/** Whoever is killed need not wait any longer, as on a network disk. */
function letGo(device: number, unique: bigint): void {
  if (hung.delete(unique)) fs.writeSync(device, answerBytes(unique, constants.errno.EINTR));
}

function serve(device: number, request: Request): void {
  if (request.operation === 'interrupt') letGo(device, request.body.readBigUInt64LE(0));
  const answer = (): void => {
    let reply: Buffer | number | null;
    try {
      reply = answerTo(request);
    } catch (error) {
      reply = errorOf(error);
    }
    if (reply === null) return;
    try {
      fs.writeSync(device, answerBytes(request.unique, reply));
    } catch {
      // Who asked has been killed meanwhile.
    }
  };
  if (['init', 'forget', 'interrupt', 'release', 'releasedir'].includes(request.operation)) answer();
  else {
    asked += 1;
    if (delayMs === 'hang') hung.set(request.unique, answer);
    else if (delayMs === 0) answer();
    else setTimeout(answer, delayMs);
  }
}

function listen(device: number): void {
  fs.read(device, Buffer.alloc(200_000), (error, length, bytes) => {
    if (error === null) serve(device, requestIn(bytes.subarray(0, length)));
    // Interrupted, or the question was taken back before it was read. Anything else: there is no disk any more.
    else if (!['EINTR', 'ENOENT', 'EAGAIN'].includes(error.code ?? '')) return;
    listen(device);
  });
}

const device = fs.openSync('/dev/fuse', 'r+');
const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other,ro';
const mount = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'slow-disk', place], {
  stdio: ['ignore', 'inherit', 'inherit', device],
});
if (mount.status !== 0) process.exit(1);
listen(device);
process.stdout.write('ready\n');

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line !== 'counts') delayMs = line === 'hang' ? 'hang' : Number(line);
    if (delayMs !== 'hang') {
      for (const answer of hung.values()) answer();
      hung.clear();
    }
    process.stdout.write(`${asked.toString()}\n`);
  })
  // The kernel takes the place away with the last process that sees it, and lets go of everybody who still waits. Not
  // an exit: that waits for the reading of the device, which has no end.
  .on('close', () => process.kill(process.pid, 'SIGKILL'));
