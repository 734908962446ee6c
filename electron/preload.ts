import * as electron from 'electron';
import type { Pushes, TextDoor } from '../contract';
import { isChannel, isPush } from '../contract/channel-names';
import { PUSH, REQUEST } from './ipc-names';

// All that the page can reach of the machine is this one object. Main checks every message again.

const { contextBridge, ipcRenderer } = electron;

const listeners: Readonly<Record<keyof Pushes, Set<(value: string) => void>>> = {
  changes: new Set(),
  notice: new Set(),
  settings: new Set(),
};

ipcRenderer.on(PUSH, (_event, push: unknown, value: unknown) => {
  if (isPush(push) && typeof value === 'string') for (const listener of [...listeners[push]]) listener(value);
});

async function request(channel: string, params: unknown): Promise<string> {
  if (!isChannel(channel)) {
    const message = 'This request is not known here, so nothing was done.';
    return JSON.stringify({ ok: false, code: 'bad-request', message });
  }
  return String(await ipcRenderer.invoke(REQUEST, channel, params));
}

const door: TextDoor = {
  request,
  onPush(push, listener) {
    listeners[push].add(listener);
    return () => {
      listeners[push].delete(listener);
    };
  },
  onConnection(listener) {
    // Main and this window end together.
    listener('connected');
    return () => undefined;
  },
  droppedPath(file) {
    return pathOf(file);
  },
};

/** Newer Electrons tell a file's path through `webUtils`; older ones, which have none, put it on the file. */
function pathOf(file: File): string | null {
  const { webUtils } = electron as Partial<Pick<typeof electron, 'webUtils'>>;
  const path: unknown = webUtils === undefined ? Reflect.get(file, 'path') : webUtils.getPathForFile(file);
  return typeof path === 'string' && path !== '' ? path : null;
}

contextBridge.exposeInMainWorld('lockscope', door);
