import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './layout.mjs';

/** The script behind a command of an installed package, to be run by this Node without a shell in between. */
export function toolScript(packageName, command = packageName) {
  const folder = path.join(ROOT, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[command]);
}
