import { existsSync, readFileSync } from 'node:fs';
import { startProgram } from './processes.mjs';

/** Whether this machine lets us install what is missing: Debian, as root. (On Ubuntu, `chromium` is not a package.) */
export function canUseApt() {
  if (process.platform !== 'linux' || process.getuid() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  try {
    return /^ID="?debian"?$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Installs Debian packages without asking anything. Resolves with null, or with what apt-get said when it failed.
 */
export async function aptInstall(packages, say) {
  say(`Installing ${packages.join(', ')} (apt-get) …`);
  const update = await aptGet(['update']);
  // With an old list it may still work.
  const install = await aptGet(['install', '-y', '--no-install-recommends', ...packages]);
  if (install.code === 0) return null;
  return `${update.code === 0 ? '' : update.output}${install.output}`.trim();
}

async function aptGet(args) {
  const program = startProgram('/usr/bin/apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-qq', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const chunks = [];
  for (const stream of [program.child.stdout, program.child.stderr]) stream?.on('data', (bytes) => chunks.push(bytes));
  const { code } = await program.ended;
  return { code, output: Buffer.concat(chunks).toString() };
}
