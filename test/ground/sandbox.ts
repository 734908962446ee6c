import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const CHECKOUT = path.resolve(import.meta.dirname, '..', '..');

/** A folder with the checkout's own rules and packages, and only the sources that a test puts there. */
export interface Sandbox {
  readonly folder: string;
  /** Runs a program of Node there; `output` is stdout and stderr as they came. */
  run(script: string, ...args: string[]): Promise<{ code: number | null; output: string }>;
  remove(): Promise<void>;
}

/** `files`: text by path. `copied`: what comes over from the checkout. */
export async function createSandbox(
  files: Readonly<Record<string, string>>,
  copied: readonly string[],
): Promise<Sandbox> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lockscope-rules-'));
  await symlink(path.join(CHECKOUT, 'node_modules'), path.join(folder, 'node_modules'));
  for (const name of copied) await cp(path.join(CHECKOUT, name), path.join(folder, name), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return {
    folder,
    run: (script, ...args) => runNode(folder, path.resolve(CHECKOUT, script), args),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function runNode(
  cwd: string,
  script: string,
  args: readonly string[],
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, env: { ...process.env, NO_COLOR: '1' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        output += bytes.toString();
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });
}
