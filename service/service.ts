import type { Channel, Pushes, Reply } from '../contract';

/**
 * Answers the contract with an inspector: parse, refuse or dispatch. Shared by the Electron and the web host,
 * so that both say the same to the same request.
 */
export interface Service {
  /**
   * Answers any message, however malformed: a refusal is an answer. Never throws.
   * `session` stands for whoever asks, the same object for each of its messages; what is kept for it goes with it.
   * All who come without one count as one.
   */
  answer(channel: unknown, params: unknown, session?: object): Promise<Reply<Channel>>;
  /** Returns the disposer. */
  onPush(listener: <P extends keyof Pushes>(push: P, value: Pushes[P]) => void): () => void;
  dispose(): Promise<void>;
}
