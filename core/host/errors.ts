/** The system's code of an error (`ENOENT`), or null. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  EEXIST: 'something else stands in its place',
  ENXIO: 'it is a named pipe or a device',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'this user has no permission',
  EPERM: 'the system does not permit it',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk reports an error',
  ELOOP: 'it is a link',
  EMFILE: 'this program has too many files open',
  ENFILE: 'the system has too many files open',
  ESTALE: 'the network file system lost it',
  ENAMETOOLONG: 'its name is too long',
};

/** A system error in words for an operator, with its code. */
export function describeError(error: unknown): string {
  const code = errorCode(error);
  if (code !== null) return `${WORDS[code] ?? 'the system refused'} (${code})`;
  return error instanceof Error ? error.message : String(error);
}

/** What was to be changed was not even begun: nothing was written. */
export class NotBegun extends Error {
  constructor(why: unknown) {
    super(describeError(why));
    this.name = 'NotBegun';
  }
}
