import type { Channel, Pushes } from './channels';

// The names alone, without the schemas, so that a sandboxed preload can check them and stay small.
// `satisfies` in both directions: a name that is missing or invented fails to compile.

const channelNames = {
  hello: true,
  snapshot: true,
  moreOfSnapshot: true,
  detail: true,
  plan: true,
  planMend: true,
  commit: true,
  open: true,
  pickFolder: true,
  setBands: true,
  close: true,
  cancelReading: true,
  reread: true,
  verify: true,
  audit: true,
  undoables: true,
  undo: true,
  saveSettings: true,
} as const satisfies Record<Channel, true>;

const pushNames = { changes: true, notice: true, settings: true } as const satisfies Record<keyof Pushes, true>;

/** Whether `name` is a request that the contract knows. */
export function isChannel(name: unknown): name is Channel {
  return typeof name === 'string' && Object.prototype.hasOwnProperty.call(channelNames, name);
}

/** Whether `name` is something that a host sends unasked. */
export function isPush(name: unknown): name is keyof Pushes {
  return typeof name === 'string' && Object.prototype.hasOwnProperty.call(pushNames, name);
}
