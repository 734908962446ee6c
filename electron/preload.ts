import * as electron from 'electron';
import type { Bridge, Channel, Pushes, Reply, Request } from '../contract';
import { isChannel, isPush } from '../contract/channel-names';
import { PUSH, REQUEST } from './ipc-names';

// All that the page can reach of the machine is this one object. Main checks every message again.

const { contextBridge, ipcRenderer } = electron;

type Listeners = { readonly [P in keyof Pushes]: Set<(value: Pushes[P]) => void> };
const listeners: Listeners = { changes: new Set(), notice: new Set(), settings: new Set() };

ipcRenderer.on(PUSH, (_event, push: unknown, value: unknown) => {
  if (isPush(push)) deliver(push, value as Pushes[typeof push]);
});

function deliver<P extends keyof Pushes>(push: P, value: Pushes[P]): void {
  for (const listener of [...listeners[push]]) listener(value);
}

async function request<C extends Channel>(channel: C, params: Request<C>): Promise<Reply<C>> {
  if (!isChannel(channel)) {
    return { ok: false, code: 'bad-request', message: 'This request is not known here, so nothing was done.' };
  }
  // Main answers each channel with its own reply.
  return (await ipcRenderer.invoke(REQUEST, channel, params)) as Reply<C>;
}

const bridge: Bridge = {
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

contextBridge.exposeInMainWorld('lockscope', bridge);
