import { createHash } from 'node:crypto';

/** Claim ids come from records that may be hostile; a key has to fit into a message. */
const LONGEST_PLAIN_ID = 400;

/**
 * The opaque id of a source: the same for the same protocol and real path, in every process.
 * A one-way hash, because the address of a source may hold a secret.
 */
export function sourceIdOf(protocol: string, realPath: string): string {
  return createHash('sha256').update(`${protocol}\0${realPath}`).digest('hex').slice(0, 32);
}

/** The key of a claim, unique in the workspace, and at most 512 characters long whatever the claim's id. */
export function claimKeyOf(sourceId: string, claimId: string): string {
  if (claimId.length <= LONGEST_PLAIN_ID) return `${sourceId}:${claimId}`;
  return `${sourceId}#${createHash('sha256').update(claimId).digest('hex')}`;
}

/** The source that a key belongs to, as the key says it; nothing is checked. */
export function sourceIdOfKey(key: string): string {
  return key.split(/[:#]/, 1)[0] ?? '';
}

/** The claim's id in a key, as the key says it; null where only a digest of it fitted in. */
export function claimIdOfKey(key: string): string | null {
  const end = key.search(/[:#]/);
  return key[end] === ':' ? key.slice(end + 1) : null;
}
