import { ROOT } from './lib/layout.mjs';
import { startProgram } from './lib/processes.mjs';
import { toolScript } from './lib/tools.mjs';
import { setUp } from './setup.mjs';

await setUp();
const { code } = await startProgram(process.execPath, [toolScript('vitest'), 'run', ...process.argv.slice(2)], {
  cwd: ROOT,
}).ended;
process.exitCode = code;
