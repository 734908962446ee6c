/**
 * AF's event ledger, in both dialects: reading, judging by its own rules, and writing without ever breaking it.
 *
 * Not guaranteed: fairness between writers, and anything against tools that remove a live `ledger.lock` or append
 * without looking again. What is written is never overwritten and never overwrites.
 */
export { type AgentOptions, type LedgerAgent, openLedger } from './agent';
export { buildEvent, type LedgerChange } from './build-event';
export { claimsAsOf } from './claims-as-of';
export { type LedgerDelta, LedgerReader } from './ledger-reader';
export { ledgerProtocol } from './port';
export type { Dialect, LedgerClaim, LedgerTransition, Replay } from './replay';
export type { WriteOutcome } from './write-event';
export { type AcquireOutcome, acquireWriteLock, type WriteLock } from './write-lock';
