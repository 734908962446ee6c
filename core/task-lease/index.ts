/**
 * exarp's task leases (seed 001), for agents: claiming, renewing and releasing tasks of one database, the names of agents,
 * and the migration of a table that has no leases yet.
 *
 * Not guaranteed: fairness between agents, and that a holder whose lease is over stops working.
 */
export { getAgentId, getAgentIdSimple, getAgentIdUnpredictable, parseAgentId } from './agent-id';
export { describeResult } from './lease-results';
export { openTaskLeases, type TaskLeases } from './leases';
export { type LeaseBand, leaseBand } from './leases-report';
export { CannotOpenLeases } from './open-database';
