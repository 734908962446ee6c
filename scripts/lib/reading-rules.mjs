import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './layout.mjs';

/** What a source is read as depends on these, and on nothing else. */
const FOLDERS = ['core/host', 'core/ledger', 'core/model'];

/**
 * A digest of the sources that readings follow. What one build kept of a reading, another one believes only if it would
 * read the same.
 *
 * @returns {string}
 */
export function readingRules() {
  const digest = createHash('sha256');
  for (const folder of FOLDERS) {
    const names = readdirSync(path.join(ROOT, folder), { recursive: true }).filter((name) => name.endsWith('.ts'));
    for (const name of names.sort()) {
      digest
        .update(`${folder}/${name}\0`)
        .update(readFileSync(path.join(ROOT, folder, name)))
        .update('\0');
    }
  }
  return digest.digest('hex').slice(0, 32);
}
