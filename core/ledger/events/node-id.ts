import { quoteHostile } from '../../model';
import { parseGoInt } from './go-int';

/**
 * Why the living program refuses a node id, in words that end a sentence; null when it takes it.
 * Positive numbers joined by dots, the first of them 1. `1.01` and `1.+1` are taken, and are not the same as `1.1`.
 */
export function nodeIdFault(id: string): string | null {
  // Nearly every id is written plainly, and is settled here.
  if (/^1(?:\.[1-9][0-9]{0,17})*$/.test(id)) return null;
  const parts = id.split('.');
  for (const part of parts) {
    const number = parseGoInt(part);
    if (number === null || number.negative || number.digits === '0') {
      return `"${quoteHostile(id)}" is not a node id: "${quoteHostile(part)}" is not a positive number`;
    }
  }
  return parseGoInt(parts[0] ?? '')?.digits === '1'
    ? null
    : `"${quoteHostile(id)}" is not a node id: it does not begin with 1`;
}

function comparePart(a: string, b: string): number {
  const x = parseGoInt(a);
  const y = parseGoInt(b);
  if (x === null || y === null) return x === y ? compareText(a, b) : x === null ? 1 : -1;
  return x.digits.length - y.digits.length || compareText(x.digits, y.digits);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders node ids by number: `1.9` before `1.10`, a parent before its children. Total, for hostile ids too. */
export function compareNodeIds(a: string, b: string): number {
  if (a === b) return 0;
  const x = a.split('.');
  const y = b.split('.');
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const order = comparePart(x[i] ?? '', y[i] ?? '');
    if (order !== 0) return order;
  }
  return x.length - y.length || compareText(a, b);
}
