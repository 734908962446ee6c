import { type Finding, quoteHostile } from '../../model';
import type { Cell } from '../database/messages';
import { nameOf, saysTime, textOf } from './cells';
import type { LookedWhole } from './read-state';

const MOST_NAMED = 5;

/** What is worth knowing, or wrong, about the table itself. */
export function leaseFindings({ rows, isCut, missing, against, ownerless, twice }: LookedWhole): readonly Finding[] {
  const findings: Finding[] = [];
  if (missing.length > 0) {
    const columns = missing.map((column) => `"${column}"`).join(', ');
    findings.push(
      finding(
        'no-lease-columns',
        'info',
        `Its tasks have no ${missing.length === 1 ? 'column' : 'columns'} ${columns}, so nobody can hold a lease here. \`lockscope migrate\` adds what is missing.`,
      ),
    );
  } else if (against !== null) {
    findings.push(finding('not-written', 'warning', against));
  }
  if (isCut) {
    findings.push(
      finding(
        'too-many-holders',
        'warning',
        `More tasks have a holder than are read: the first ${rows.length.toString()} are shown.`,
      ),
    );
  }
  const odd = rows.filter((row) => !saysTime(row.lockUntil) || !saysTime(row.assignedAt));
  if (odd.length > 0) {
    findings.push(
      finding(
        'odd-time',
        'warning',
        `${named(
          odd.map(({ id }) => id),
          odd.length,
        )} a time that is none (integer seconds since 1970). exarp may not be able to read its tasks.`,
      ),
    );
  }
  if (ownerless.count > 0) {
    const { ids, count } = ownerless;
    findings.push(
      finding(
        'lease-without-holder',
        'info',
        `${named(ids, count)} an end of a lease and nobody who holds it. exarp takes ${count === 1 ? 'it' : 'them'} for free.`,
      ),
    );
  }
  if (twice.length > 0) {
    findings.push(
      finding(
        'same-id',
        'warning',
        `${named(twice, twice.length)} the id of another task that has a holder too: one of each is shown.`,
      ),
    );
  }
  const long = rows.filter((row) => row.isCut).length;
  if (long > 0) {
    findings.push(
      finding(
        'overlong-values',
        'warning',
        `${long.toString()} ${long === 1 ? 'task has a value' : 'tasks have values'} too long to be shown whole, or with a NUL in it; nothing is written there.`,
      ),
    );
  }
  return findings;
}

function named(ids: readonly Cell[], count: number): string {
  const names = ids.slice(0, MOST_NAMED).map((id) => quoteHostile(nameOf(id) ?? textOf(id), 40));
  const more = count - names.length;
  const all = [...names, ...(more > 0 ? [`${more.toString()} more`] : [])];
  const last = all.pop() ?? '';
  const list = all.length === 0 ? last : `${all.join(', ')} and ${last}`;
  return `${count === 1 ? 'Task' : 'Tasks'} ${list} ${count === 1 ? 'has' : 'have'}`;
}

function finding(code: string, severity: Finding['severity'], message: string): Finding {
  return { code, severity, message, at: null, file: '.todo2/todo2.db' };
}
