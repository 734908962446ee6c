import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type InlineConfig } from 'vite';

type NodeBundle = (bundle: { source: string; output: string }, outDir: string) => InlineConfig;

const ROOT = path.resolve(import.meta.dirname, '../..');

/**
 * A worker of this folder as one file, for tests that start a hundred processes of it: each is there in a fraction of
 * the time that it takes to translate its sources. It lies in the checkout, where it finds the native library.
 */
export async function workerProgram(source: string): Promise<{ readonly file: string; readonly remove: () => void }> {
  const cache = path.join(ROOT, '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'worker-'));
  const { nodeBundle } = (await import(pathToFileURL(path.join(ROOT, 'scripts', 'lib', 'node-bundle.mjs')).href)) as {
    nodeBundle: NodeBundle;
  };
  const output = 'worker.mjs';
  const config = nodeBundle({ source: path.join('test', 'race', source), output }, folder);
  const rolldownOptions = config.build?.rolldownOptions ?? {};
  await build({
    ...config,
    build: {
      ...config.build,
      // A worker waits for its modules before its first line is through.
      target: 'node20',
      sourcemap: false,
      rolldownOptions: { ...rolldownOptions, output: { format: 'es', entryFileNames: output, codeSplitting: false } },
    },
  });
  return {
    file: path.join(folder, output),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
