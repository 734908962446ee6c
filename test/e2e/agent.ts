import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { builtProgram } from '../helpers/built-program';

/** What the other program is told to do, on a proof (absolute). */
export type AgentCommand = { readonly proof: string } & (
  | { readonly verb: 'claim' | 'extend'; readonly node: string; readonly owner: string; readonly forMs: number }
  | { readonly verb: 'release'; readonly node: string; readonly owner: string }
  | { readonly verb: 'reap'; readonly node: string }
  | { readonly verb: 'append-blindly'; readonly event: object }
);

export interface AgentAnswer {
  /** `written` when an event was written. */
  readonly kind: string;
  readonly [more: string]: unknown;
}

/** A program of its own that writes into ledgers as agents do, by their rules (and once by none). */
export interface Agent {
  /** Resolves when the event is on disk; rejects when it could not be written. */
  tell(command: AgentCommand): Promise<void>;
  stop(): Promise<void>;
}

const CHECKOUT = path.resolve(import.meta.dirname, '..', '..');

export async function startAgent(): Promise<Agent> {
  const program = await builtProgram('test/e2e/agent-process.ts');
  const child = spawn(process.execPath, [program], { cwd: CHECKOUT, stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting: { resolve: (answer: AgentAnswer) => void; reject: (error: Error) => void }[] = [];
  let complaints = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaints += bytes.toString();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting.shift()?.resolve(JSON.parse(line) as AgentAnswer);
  });
  const ended = whenEnded(child).then(() => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`The agent process ended. ${complaints}`));
  });
  return {
    async tell(command) {
      const answer = await new Promise<AgentAnswer>((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(command)}\n`);
      });
      if (answer.kind !== 'written') {
        throw new Error(`The agent could not ${command.verb}: ${JSON.stringify(answer)}`);
      }
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

function whenEnded(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
}
