import type { Bridge } from '../contract';
import { webBridge } from './web-bridge';

declare global {
  interface Window {
    /** Put there by the desktop host's preload; absent in a browser. */
    readonly lockscope?: Bridge;
  }
}

/** The only door to a host: the preload's where there is one, otherwise a socket to the page's own origin. */
export function openBridge(): Bridge {
  return window.lockscope ?? webBridge();
}
