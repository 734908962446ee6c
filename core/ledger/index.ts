/**
 * AF's event ledger, in both dialects: reading, judging by its own rules, and writing without ever breaking it.
 *
 * Not guaranteed: fairness between writers, and anything against tools that remove a live `ledger.lock` or append
 * without looking again. What is written is never overwritten and never overwrites.
 */
export { type AgentOptions, type LedgerAgent, openLedger } from './agent';
export { buildEvent, type LedgerChange } from './events/build-event';
export { type AcquireOutcome, acquireWriteLock, type WriteLock } from './locks/write-lock';
export { ledgerProtocol } from './port';
export { type LedgerDelta, LedgerReader } from './reading/ledger-reader';
export { claimsAsOf } from './replay/claims-as-of';
export type { Dialect, LedgerClaim, LedgerTransition, Replay } from './replay/replay';
export type { WriteOutcome } from './writing/write-event';
