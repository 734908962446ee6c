import { describe, expect, it } from 'vitest';
import {
  type DialectFacts,
  decideDialect,
  INIT_FOLDERS,
  NO_DIALECT_FACTS,
  noteFolders,
  noteName,
  noteType,
} from '../../../../core/ledger/replay/dialect';

function facts(seen: { names?: string[]; types?: string[]; folders?: string[] }): DialectFacts {
  let known = NO_DIALECT_FACTS;
  for (const name of seen.names ?? []) known = noteName(known, name);
  for (const type of seen.types ?? []) known = noteType(known, type);
  return noteFolders(known, new Set(seen.folders ?? []));
}

const A = '000001.json';
const E = 'event-000001.json';
const INIT = [...INIT_FOLDERS, 'locks'];

describe('decideDialect', () => {
  it.each([
    [{}, 'seed', 'seed', false],
    [{ names: [E] }, 'seed', 'seed', false],
    [{ names: [E], types: ['custom_event', 'lock_acquired'] }, 'seed', 'seed', false],
    [{ names: [E], folders: ['locks', 'nodes'] }, 'seed', 'seed', false],
    [{ folders: INIT }, 'living', 'living', false],
    [{ names: [A] }, 'living', 'living', false],
    [{ names: [A], types: ['nodes_claimed', 'lock_reaped'], folders: INIT }, 'living', 'living', false],
    [{ names: [A], types: ['custom_event', 'lock_reaped'] }, 'living', 'living', false],
    // Legal to read, as the seed's events in the living program's names; not to be written into.
    [{ names: [A], types: ['lock_acquired'] }, 'seed', 'living', true],
    [{ names: [A], types: ['nodes_claimed', 'lock_acquired'] }, 'living', 'living', true],
    [{ names: [A], types: ['lock_acquired'], folders: INIT }, 'living', 'living', true],
    [{ names: [A, E] }, 'living', 'living', true],
    [{ names: [A, E], types: ['lock_acquired'] }, 'seed', 'seed', true],
    [{ names: [E], types: ['nodes_claimed'] }, 'living', 'living', true],
    [{ names: [E], folders: INIT }, 'living', 'living', true],
  ])('%j', (seen, dialect, naming, mixed) => {
    const decision = decideDialect(facts(seen));
    expect(decision).toMatchObject({ dialect, naming });
    expect(decision.mixed !== null).toBe(mixed);
  });

  it('costs nothing where nothing is new', () => {
    const known = facts({ names: [A], types: ['nodes_claimed'], folders: INIT });
    expect(noteName(known, '000002.json')).toBe(known);
    expect(noteType(known, 'node_created')).toBe(known);
    expect(noteFolders(known, new Set(INIT))).toBe(known);
    expect(noteName(known, 'notes.json')).toBe(known);
  });
});
