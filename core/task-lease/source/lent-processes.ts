import { DatabaseProcesses } from '../database-processes';

interface Lent {
  readonly processes: DatabaseProcesses;
  users: number;
}

/** One pool for all sources of a thread. */
const POOLS = new Map<string, Lent>();

/** The processes that open databases, shared by all who ask on this thread. Whoever borrowed them gives them back. */
export function borrowProcesses(program: string): { readonly processes: DatabaseProcesses; giveBack(): void } {
  const lent = POOLS.get(program) ?? { processes: new DatabaseProcesses(program), users: 0 };
  POOLS.set(program, lent);
  lent.users += 1;
  let isBack = false;
  return {
    processes: lent.processes,
    giveBack: () => {
      if (isBack) return;
      isBack = true;
      lent.users -= 1;
      if (lent.users === 0) lent.processes.end();
    },
  };
}
