import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type InlineConfig } from 'vite';

type NodeBundle = (bundle: { source: string; output: string }, outDir: string) => InlineConfig;

export interface Bundles {
  /** The command line; what it needs lies around it as in `dist`. */
  readonly cli: string;
  readonly remove: () => Promise<void>;
}

const ROOT = resolve(__dirname, '..', '..');

/** Builds the command line and what it starts, exactly as they are shipped, into a new temporary folder. */
export async function buildBundles(): Promise<Bundles> {
  const cli = { source: 'cli/main.ts', output: 'cli/lockscope.cjs' };
  const { folder, remove } = await buildPrograms([
    cli,
    { source: 'demo/agent.ts', output: 'demo/agent.cjs' },
    READING_THREAD,
    { source: 'service/source-thread.ts', output: 'threads/source-thread.cjs' },
    { source: 'core/task-lease/database-process.ts', output: 'threads/database-process.cjs' },
  ]);
  return { cli: join(folder, cli.output), remove };
}

const READING_THREAD = { source: 'core/ledger/reading/reading-thread.ts', output: 'threads/reading-thread.cjs' };

/** Builds the program of the reading thread alone. */
export async function buildReadingThread(): Promise<{
  readonly program: string;
  readonly remove: () => Promise<void>;
}> {
  const { folder, remove } = await buildPrograms([READING_THREAD]);
  return { program: join(folder, READING_THREAD.output), remove };
}

async function buildPrograms(
  programs: readonly { readonly source: string; readonly output: string }[],
): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'lockscope-bundles-'));
  const file = pathToFileURL(join(ROOT, 'scripts', 'lib', 'node-bundle.mjs')).href;
  const { nodeBundle } = (await import(file)) as { nodeBundle: NodeBundle };
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const built = Promise.all(programs.map((bundle) => build(nodeBundle(bundle, folder))));
  try {
    await built;
    // The native library is not in the bundles: it is looked for from where they lie.
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, remove };
}
