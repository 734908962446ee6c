import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlesAreFresh, makeBundles } from './lib/bundles.mjs';
import { CACHE } from './lib/layout.mjs';
import { withLock } from './lib/lock.mjs';
import { installPackages, packagesAreFresh } from './lib/packages.mjs';

/**
 * Makes the checkout ready to run: packages when they are missing or not the locked ones, bundles when they are
 * older than their sources. Costs a few milliseconds when there is nothing to do. Safe to run several at once.
 *
 * @param {{ say?: (sentence: string) => void, bundles?: boolean }} options
 */
export async function setUp({ say = (sentence) => console.error(sentence), bundles = true } = {}) {
  if (packagesAreFresh() && (!bundles || bundlesAreFresh())) return;
  const onWait = () => say('Waiting for another set-up in this folder to end …');
  await withLock(
    path.join(CACHE, 'setup.lock'),
    async () => {
      if (!packagesAreFresh()) {
        say('Installing packages …');
        await installPackages();
      }
      if (bundles && !bundlesAreFresh()) {
        say('Building …');
        await makeBundles();
      }
    },
    { onWait },
  );
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await setUp({ bundles: !process.argv.includes('--packages') });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
