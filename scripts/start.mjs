import path from 'node:path';
import { readArguments } from './lib/arguments.mjs';
import { electronSwitches, whyNoWindow } from './lib/display.mjs';
import { findElectron } from './lib/electron-runtime.mjs';
import { passKeysOn } from './lib/keys.mjs';
import { DIST, ROOT } from './lib/layout.mjs';
import { onTermination, startProgram, stopAll } from './lib/processes.mjs';
import { setUp } from './setup.mjs';

// npm start [-- PATH… --read-only]: the inspector in a window of its own, or in a browser where that cannot be had.

const say = (sentence) => console.error(sentence);

async function main() {
  const given = readArguments(process.argv.slice(2));
  if (given.problem !== undefined) {
    say(given.problem);
    return 2;
  }
  await setUp({ say });
  const electron = findElectron();
  const obstacle = await whyNoWindow(electron);
  if (obstacle === null) {
    application = startProgram(electron.path, [...electronSwitches(), ROOT, ...given.args]);
    return (await application.ended).code;
  }
  say(`${obstacle} Lockscope opens in the browser instead.`);
  const host = path.join(DIST, 'cli', 'lockscope.cjs');
  application = startProgram(process.execPath, [host, 'serve', '--open', ...given.args], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...process.env, LOCKSCOPE_LAUNCHED: '1' },
  });
  const stopPassing = passKeysOn(application.child.stdin);
  const { code } = await application.ended;
  stopPassing();
  return code;
}

let application = null;
let asked = null;
onTermination(async (signal) => {
  asked = signal;
  // A terminal that closes is a request to end like any other. A reap that is under way may finish.
  await stopAll(signal === 'SIGHUP' ? 'SIGTERM' : signal, 10_000);
  // Nothing to wait for while the set-up runs.
  if (application === null) process.exit(signal === 'SIGINT' ? 130 : 143);
});
try {
  process.exitCode = await main();
} catch (error) {
  if (asked === null) say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
