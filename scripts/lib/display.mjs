import { connect } from 'node:net';
import { missingLibraries } from './electron-runtime.mjs';

/** Whether a window can be shown here: always, but for a Unix without an X server or Wayland compositor to talk to. */
export async function hasDisplay(env = process.env) {
  if (process.platform === 'win32' || process.platform === 'darwin') return true;
  if (env.WAYLAND_DISPLAY) return true;
  if (!env.DISPLAY) return false;
  const local = /^(?:unix)?:(\d+)(?:\.\d+)?$/.exec(env.DISPLAY);
  // A display elsewhere (ssh -X) is believed; a local one may be left over from a session that ended.
  if (local === null) return true;
  const socket = `/tmp/.X11-unix/X${local[1]}`;
  return (await answers(socket)) || (await answers(`\0${socket}`));
}

function answers(socketPath) {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.setTimeout(1000, () => end(false));
  });
}

/** Why there can be no window of our own here, a sentence; null when there can be one. */
export async function whyNoWindow(electron) {
  if (electron.path === null) return electron.reason;
  if (!(await hasDisplay())) return 'There is no display.';
  const missing = missingLibraries(electron.path);
  return missing.length === 0 ? null : `Electron cannot start without ${missing.join(', ')}.`;
}

/** Switches that Electron needs on this machine. */
export function electronSwitches(env = process.env) {
  const switches = [];
  // Chromium's sandbox refuses to start as root on Linux.
  if (process.platform === 'linux' && process.getuid() === 0) switches.push('--no-sandbox');
  if (env.WAYLAND_DISPLAY && !env.DISPLAY) switches.push('--ozone-platform-hint=auto');
  return switches;
}
