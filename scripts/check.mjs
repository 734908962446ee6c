import { ROOT } from './lib/layout.mjs';
import { onTermination, startProgram, stopAll } from './lib/processes.mjs';
import { toolScript } from './lib/tools.mjs';
import { setUp } from './setup.mjs';

const TTY = process.stdout.isTTY === true;
const COLOURS = { ...process.env, [TTY ? 'FORCE_COLOR' : 'NO_COLOR']: '1' };
if (!TTY) delete COLOURS.FORCE_COLOR;

/** What is held on to only for a moment has room: with Node's own 16 MB, a fifth of the time goes into making some. */
const ROOM = '--max-semi-space-size=128';

/** Longest first: two run at a time. What the compiler knows of files that are as they were, it does not find out again. */
const CHECKS = [
  { name: 'lint', tool: ['eslint'], args: ['--max-warnings=0', '.'] },
  {
    name: 'types',
    tool: ['typescript', 'tsc'],
    args: ['-p', 'tsconfig.json', '--incremental', '--tsBuildInfoFile', '.cache/types.tsbuildinfo'],
  },
  { name: 'unused code', tool: ['knip'], args: ['--no-progress'] },
  { name: 'import rules', script: 'scripts/check-imports.mjs', args: [] },
  {
    name: 'format',
    tool: ['@biomejs/biome', 'biome'],
    args: ['ci', '--error-on-warnings', `--colors=${TTY ? 'force' : 'off'}`, '.'],
  },
];

async function run({ name, tool, script, args }) {
  const started = Date.now();
  const program = startProgram(process.execPath, [ROOM, script ?? toolScript(...tool), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: COLOURS,
  });
  const output = [];
  program.child.stdout.on('data', (bytes) => output.push(bytes));
  program.child.stderr.on('data', (bytes) => output.push(bytes));
  const { code } = await program.ended;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (code !== 0) process.stdout.write(`\n${Buffer.concat(output).toString().trim()}\n\n`);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return code === 0;
}

async function worker(queue) {
  let good = true;
  for (let check = queue.shift(); check !== undefined; check = queue.shift()) good = (await run(check)) && good;
  return good;
}

onTermination(async (signal) => {
  await stopAll();
  process.exit(signal === 'SIGINT' ? 130 : 143);
});
await setUp({ bundles: false });
const only = process.argv.slice(2);
const queue = CHECKS.filter(({ name }) => only.length === 0 || only.includes(name));
const results = await Promise.all([worker(queue), worker(queue)]);
process.exitCode = results.every(Boolean) ? 0 : 1;
