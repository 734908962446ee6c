import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type InlineConfig } from 'vite';

type NodeBundle = (bundle: { source: string; output: string }, outDir: string) => InlineConfig;

export interface Bundles {
  /** The command line; what it needs lies around it as in `dist`. */
  readonly cli: string;
  remove(): Promise<void>;
}

const ROOT = resolve(__dirname, '..', '..');

/** Builds the command line and the demo's agent, exactly as they are shipped, into a new temporary folder. */
export async function buildBundles(): Promise<Bundles> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'lockscope-bundles-'));
  const file = pathToFileURL(join(ROOT, 'scripts', 'lib', 'node-bundle.mjs')).href;
  const { nodeBundle } = (await import(file)) as { nodeBundle: NodeBundle };
  const cli = { source: 'cli/main.ts', output: 'cli/lockscope.cjs' };
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const built = Promise.all(
    [cli, { source: 'demo/agent.ts', output: 'demo/agent.cjs' }].map((bundle) => build(nodeBundle(bundle, folder))),
  );
  try {
    await built;
    // The native library is not in the bundles: it is looked for from where they lie.
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  } catch (error) {
    await remove();
    throw error;
  }
  return { cli: join(folder, cli.output), remove };
}
