import { randomInt } from 'node:crypto';
import { hostname } from 'node:os';

/** What an agent's name is made of. Each is taken from this process where it is left out. */
export interface AgentIdParts {
  /** What kind of agent; EXARP_AGENT, else `general`. */
  readonly type?: string;
  readonly host?: string;
  readonly pid?: number;
  readonly nowMs?: number;
}

const DEFAULT_TYPE = 'general';
/** The prefix of the unpredictable form, whatever the kind of agent. */
const UNPREDICTABLE_TYPE = 'agent';

function typeOf({ type }: AgentIdParts): string {
  const named = type ?? process.env['EXARP_AGENT'] ?? '';
  return named === '' ? DEFAULT_TYPE : named;
}

function hostOf({ host }: AgentIdParts): string {
  const named = host ?? hostname();
  return named === '' ? 'unknown' : named;
}

/** The name under which a process claims tasks: `{type}-{hostname}-{pid}`. */
export function getAgentId(parts: AgentIdParts = {}): string {
  return `${getAgentIdSimple(parts)}-${(parts.pid ?? process.pid).toString()}`;
}

/** A name that processes of one kind on one host share: `{type}-{hostname}`. Nothing can be proven of its holder. */
export function getAgentIdSimple(parts: AgentIdParts = {}): string {
  return `${typeOf(parts)}-${hostOf(parts)}`;
}

/**
 * A name that nobody else has or can guess: `agent-{hostname}-{unix time in ns}`. No clock of JavaScript goes that far:
 * the digits below a millisecond are random.
 */
export function getAgentIdUnpredictable(parts: AgentIdParts = {}): string {
  const belowMs = randomInt(0, 1_000_000).toString().padStart(6, '0');
  return `${UNPREDICTABLE_TYPE}-${hostOf(parts)}-${Math.floor(parts.nowMs ?? Date.now()).toString()}${belowMs}`;
}

/** What an assignee says of its process. */
export type ParsedAgentId =
  /** `{type}-{this host}-{pid}`. */
  | { readonly kind: 'process'; readonly type: string; readonly host: string; readonly pid: number }
  /** `{type}-{this host}`, or with the time of the unpredictable form: of this host, by no process that is named. */
  | { readonly kind: 'host'; readonly type: string; readonly host: string }
  /**
   * Any other text: of another host (kind and host both contain dashes, so they cannot be told apart), or a name that
   * somebody typed. A number at its end is the pid of nothing that can be looked at here.
   */
  | { readonly kind: 'name' };

/** The largest that any Linux gives, and others give less: a larger number is a time, or a date. */
const LARGEST_PID = 4_194_304;
const NUMBER = /^(?:0|[1-9][0-9]*)$/;

/**
 * The inverse, as far as there is one: an assignee is free text, and a pid means something only on its own host. Only
 * what ends in exactly this host's name, and a number or nothing after it, is taken for one of this host. Pure.
 *
 * Nothing tells a host `web` with pid 12 from a host `web-12` without one; a reader on `web` takes it for the first.
 */
export function parseAgentId(assignee: string, thisHostname: string): ParsedAgentId {
  if (thisHostname === '') return { kind: 'name' };
  const host = thisHostname;
  const simple = typeBefore(assignee, host);
  if (simple !== null) return { kind: 'host', type: simple, host };
  const dash = assignee.lastIndexOf('-');
  const digits = assignee.slice(dash + 1);
  const type = dash < 0 || !NUMBER.test(digits) ? null : typeBefore(assignee.slice(0, dash), host);
  if (type === null) return { kind: 'name' };
  const pid = Number(digits);
  return pid > 0 && pid <= LARGEST_PID ? { kind: 'process', type, host, pid } : { kind: 'host', type, host };
}

/** What stands before `-{host}` at the end of a text; null where it does not end so, or nothing stands before it. */
function typeBefore(text: string, host: string): string | null {
  const end = `-${host}`;
  return text.endsWith(end) && text.length > end.length ? text.slice(0, -end.length) : null;
}
