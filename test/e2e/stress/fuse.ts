import type { BigIntStats, Dirent } from 'node:fs';

/** The few messages of the kernel's FUSE protocol (7.31) that a read-only disk has to understand. */
const OPCODES = {
  1: 'lookup',
  2: 'forget',
  3: 'getattr',
  5: 'readlink',
  14: 'open',
  15: 'read',
  17: 'statfs',
  18: 'release',
  25: 'flush',
  26: 'init',
  27: 'opendir',
  28: 'readdir',
  29: 'releasedir',
  36: 'interrupt',
  42: 'forget',
} as const;

export type Operation = (typeof OPCODES)[keyof typeof OPCODES] | 'other';

export interface Request {
  readonly operation: Operation;
  readonly unique: bigint;
  readonly node: bigint;
  readonly body: Buffer;
}

const REQUEST_HEADER = 40;
const ANSWER_HEADER = 16;

/** `bytes` as one read of `/dev/fuse` gives them. */
export function requestIn(bytes: Buffer): Request {
  const opcode = bytes.readUInt32LE(4);
  return {
    operation: isKnown(opcode) ? OPCODES[opcode] : 'other',
    unique: bytes.readBigUInt64LE(8),
    node: bytes.readBigUInt64LE(16),
    body: Buffer.from(bytes.subarray(REQUEST_HEADER)),
  };
}

function isKnown(opcode: number): opcode is keyof typeof OPCODES {
  return opcode in OPCODES;
}

/** What is written to `/dev/fuse` for a request: its bytes, or the number of an error. */
export function answerBytes(unique: bigint, answer: Buffer | number): Buffer {
  const body = typeof answer === 'number' ? Buffer.alloc(0) : answer;
  const header = Buffer.alloc(ANSWER_HEADER);
  header.writeUInt32LE(ANSWER_HEADER + body.length, 0);
  header.writeInt32LE(typeof answer === 'number' ? -answer : 0, 4);
  header.writeBigUInt64LE(unique, 8);
  return Buffer.concat([header, body]);
}

export function initAnswer(body: Buffer): Buffer {
  const answer = Buffer.alloc(64);
  answer.writeUInt32LE(7, 0);
  answer.writeUInt32LE(31, 4);
  answer.writeUInt32LE(body.readUInt32LE(8), 8);
  answer.writeUInt16LE(64, 16);
  answer.writeUInt16LE(48, 18);
  answer.writeUInt32LE(65_536, 20);
  answer.writeUInt32LE(1, 24);
  return answer;
}

/** Nothing of what is told may be kept: every question comes anew. */
export function entryAnswer(node: bigint, stat: BigIntStats): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(node, 0);
  return Buffer.concat([head, attributes(stat)]);
}

export function attributesAnswer(stat: BigIntStats): Buffer {
  return Buffer.concat([Buffer.alloc(16), attributes(stat)]);
}

function attributes(stat: BigIntStats): Buffer {
  const bytes = Buffer.alloc(88);
  const long = [stat.ino, stat.size, stat.blocks, ...[stat.atimeNs, stat.mtimeNs, stat.ctimeNs].map(seconds)];
  for (const [i, value] of long.entries()) bytes.writeBigUInt64LE(value, i * 8);
  const short = [...[stat.atimeNs, stat.mtimeNs, stat.ctimeNs].map(rest), stat.mode, stat.nlink, stat.uid, stat.gid];
  for (const [i, value] of short.entries()) bytes.writeUInt32LE(Number(value), 48 + i * 4);
  bytes.writeUInt32LE(4096, 80);
  return bytes;
}

const seconds = (ns: bigint): bigint => ns / 1_000_000_000n;
const rest = (ns: bigint): bigint => ns % 1_000_000_000n;

export function handleAnswer(handle: bigint): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(handle, 0);
  return bytes;
}

/** One entry of a listing; `offset` is where the next one begins. */
export function listedName(entry: Dirent, offset: number): Buffer {
  const name = Buffer.from(entry.name);
  const bytes = Buffer.alloc(Math.ceil((24 + name.length) / 8) * 8);
  bytes.writeBigUInt64LE(BigInt(offset + 1), 0);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeUInt32LE(name.length, 16);
  bytes.writeUInt32LE(entry.isDirectory() ? 4 : entry.isSymbolicLink() ? 10 : 8, 20);
  name.copy(bytes, 24);
  return bytes;
}
