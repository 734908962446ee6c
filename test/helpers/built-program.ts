import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type InlineConfig } from 'vite';

type NodeBundle = (bundle: { source: string; output: string }, outDir: string) => InlineConfig;

const ROOT = path.resolve(import.meta.dirname, '../..');
const programs = new Map<string, Promise<string>>();
let folder: string | null = null;

/**
 * The program of `source` (below the checkout) as one file, made once in a process, for tests that start many processes
 * or threads of it: each is there in a fraction of the time that it takes to translate its sources. It lies in the
 * checkout, where it finds the native library. Whoever asks sees to it that `removeBuiltPrograms` is called at the end.
 */
export function builtProgram(source: string): Promise<string> {
  const known = programs.get(source);
  if (known !== undefined) return known;
  const program = buildProgram(source);
  programs.set(source, program);
  return program;
}

/** Removes all that this process has built; nothing of it may be started any more. */
export function removeBuiltPrograms(): void {
  programs.clear();
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
  folder = null;
}

async function buildProgram(source: string): Promise<string> {
  const cache = path.join(ROOT, '.cache');
  mkdirSync(cache, { recursive: true });
  folder ??= mkdtempSync(path.join(cache, 'programs-'));
  const { nodeBundle } = (await import(pathToFileURL(path.join(ROOT, 'scripts', 'lib', 'node-bundle.mjs')).href)) as {
    nodeBundle: NodeBundle;
  };
  const output = `${path.basename(source, '.ts')}.mjs`;
  const config = nodeBundle({ source, output }, folder);
  await build({
    ...config,
    build: {
      ...config.build,
      // A worker waits for its modules before its first line is through.
      target: 'node20',
      sourcemap: false,
      rolldownOptions: {
        ...config.build?.rolldownOptions,
        output: { format: 'es', entryFileNames: output, codeSplitting: false },
      },
    },
  });
  return path.join(folder, output);
}
