import type { Channel, Pushes, Reply } from './channels';

/** Where the web host's socket is, on its own origin. */
export const SOCKET_PATH = '/socket';

/** What a renderer sends over the web host's socket, as JSON. At most 1 MiB. */
export interface SocketRequest {
  /** Chosen by the renderer; the reply carries it back. */
  readonly id: number;
  readonly channel: string;
  readonly params: unknown;
}

/** A push as it travels; the name tells the value's type. */
export type SocketPush = { [P in keyof Pushes]: { readonly push: P; readonly value: Pushes[P] } }[keyof Pushes];

/**
 * What the web host sends, as JSON: a reply for each request, and pushes in their order.
 * `id` is null in the reply to a message that could not be read at all.
 */
export type SocketMessage = { readonly id: number | null; readonly reply: Reply<Channel> } | SocketPush;
