import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildBundles } from '../build.mjs';
import { BUNDLE_SOURCES, DIST, ROOT } from './layout.mjs';
import { packagesStamp } from './packages.mjs';

const STAMP = path.join(DIST, '.stamp');

/** Whether the bundles were made from the sources as they are now. Looks at names, sizes and times, not at bytes. */
export function bundlesAreFresh() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === bundlesStamp();
}

/** Builds all bundles. A source that changes meanwhile makes them stale for the next look. */
export async function makeBundles() {
  const stamp = bundlesStamp();
  await buildBundles();
  writeFileSync(STAMP, stamp);
}

function bundlesStamp() {
  const hash = createHash('sha256').update(packagesStamp());
  const add = (relative) => {
    const stat = lstatSync(path.join(ROOT, relative), { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(path.join(ROOT, relative)).sort()) add(`${relative}/${name}`);
    } else {
      hash.update(`${relative}\0${stat.size}\0${stat.mtimeMs}\0`);
    }
  };
  for (const source of BUNDLE_SOURCES) add(source);
  return `${hash.digest('hex')}\n`;
}
