import type { Bridge, Channel, Pushes, Reply, Request, TextDoor } from '../contract';
import { webBridge } from './web-bridge';

declare global {
  interface Window {
    /** Put there by the desktop host's preload; absent in a browser. */
    readonly lockscope?: TextDoor;
  }
}

/** The only door to a host: the preload's where there is one, otherwise a socket to the page's own origin. */
export function openBridge(): Bridge {
  return window.lockscope === undefined ? webBridge() : desktopBridge(window.lockscope);
}

function desktopBridge(door: TextDoor): Bridge {
  return {
    // The host answers a channel with that channel's reply, and sends each push with its own value: the contract says so.
    async request<C extends Channel>(channel: C, params: Request<C>): Promise<Reply<C>> {
      return JSON.parse(await door.request(channel, params)) as Reply<C>;
    },
    onPush<P extends keyof Pushes>(push: P, listener: (value: Pushes[P]) => void): () => void {
      return door.onPush(push, (value) => {
        listener(JSON.parse(value) as Pushes[P]);
      });
    },
    onConnection: (listener) => door.onConnection(listener),
    droppedPath: (file) => door.droppedPath(file),
  };
}
