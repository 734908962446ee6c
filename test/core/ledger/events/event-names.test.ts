import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eventNumber,
  isTempName,
  livingName,
  parseEventName,
  seedName,
} from '../../../../core/ledger/events/event-names';
import { LedgerNames } from '../../../../core/ledger/events/ledger-names';
import { compareNodeIds, nodeIdFault } from '../../../../core/ledger/events/node-id';
import { orderEvents } from '../../../../core/ledger/reading/order-events';

const listed = (names: readonly string[]) => LedgerNames.of(names.map((name) => ({ name, isFolder: false })));
const living = (...names: string[]) => orderEvents(listed(names), 'living');

describe('names of events', () => {
  it('are six digits or more', () => {
    expect([livingName(1), livingName(999_999), livingName(1_000_000)]).toEqual([
      '000001.json',
      '999999.json',
      '1000000.json',
    ]);
    expect(seedName(12)).toBe('event-000012.json');
  });

  it.each([
    ['000012.json', 12, true],
    ['12.json', 12, false],
    ['+12.json', 12, false],
    ['0000012.json', 12, false],
    ['-0.json', 0, false],
    ['1000000.json', 1_000_000, true],
    ['event-000012.json', 12, true],
    ['event-12.json', 12, false],
  ])('%s counts', (name, sequence, canonical) => {
    expect(parseEventName(name)).toMatchObject({ sequence, canonical });
  });

  it.each([
    '-1.json',
    '.json',
    'notes.json',
    '1_0.json',
    '0x1.json',
    '1e3.json',
    '000001.JSON',
    '000001.json.bak',
    ' 1.json',
    '１.json',
    '99999999999999999999.json',
    '9223372036854775808.json',
    'event-+1.json',
    'event-.json',
    '.DS_Store',
    '.event-1.tmp',
  ])('%s is passed over', (name) => {
    expect(eventNumber(name)).toBeNull();
  });

  it('temp files are told by their name', () => {
    expect(['.event-123.tmp', '.event-.tmp', 'event-1.tmp', '.event-1.json'].map(isTempName)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('orderEvents', () => {
  it('counts what follows from 1, whatever the order of the listing', () => {
    const names = Array.from({ length: 200 }, (_, i) => livingName(i + 1));
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: 200 }), (shuffled) => {
        expect(living(...shuffled)).toEqual({ consecutive: 200, fault: null, highest: 200 });
      }),
      { numRuns: 20 },
    );
    expect(living()).toEqual({ consecutive: 0, fault: null, highest: 0 });
  });

  it('passes over folders and the other spelling', () => {
    const names = listed(['000001.json', 'event-000002.json']);
    names.add('000003.json', true);
    expect(orderEvents(names, 'living')).toEqual({ consecutive: 1, fault: null, highest: 1 });
  });

  it.each([
    [['000002.json'], 0, 2, 'gap'],
    [['000001.json', '000004.json', '000009.json'], 1, 4, 'gap'],
    [['000001.json', '9223372036854775807.json'], 1, 2 ** 63, 'gap'],
    [['000001.json', '1.json'], 1, 1, 'duplicate-number'],
    [['000001.json', '+1.json', '000003.json'], 1, 1, 'duplicate-number'],
    [['000001.json', '2.json'], 1, 2, 'misspelt-name'],
    [['000001.json', '+2.json', '2.json'], 1, 2, 'misspelt-name'],
    [['000000.json', '000001.json'], 1, 0, 'misspelt-name'],
    [['-0.json', '000001.json', '000003.json'], 1, 0, 'misspelt-name'],
  ])('%j', (names, consecutive, sequence, code) => {
    const ordered = living(...names);
    expect(ordered.consecutive).toBe(consecutive);
    expect(ordered.fault?.sequence).toBe(sequence);
    expect(ordered.fault?.finding.code).toBe(code);
    expect(ordered.fault?.finding.message).toMatch(/^Its own tools cannot read it from #\d+: .+\.$/);
  });

  it('a number 0 is no event of the seed either, and never passed over in silence', () => {
    const { consecutive, fault } = orderEvents(listed(['event-000000.json', 'event-000001.json']), 'seed');
    expect(consecutive).toBe(1);
    expect(fault?.finding.message).toMatch(/^Its own tools cannot read it from #0: "event-000000.json" /);
  });

  it('says which numbers are missing', () => {
    expect(living('000001.json', '000005.json').fault?.finding.message).toBe(
      'Its own tools cannot read it from #5: #2 to #4 are missing.',
    );
  });

  it('never throws, whatever the names', () => {
    const name = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[+-]?[0-9]{1,25}\.json$/),
      fc.stringMatching(/^event-[0-9]{1,8}\.json$/),
    );
    fc.assert(
      fc.property(fc.array(name), fc.constantFrom('living' as const, 'seed' as const), (names, naming) => {
        const { consecutive, highest } = orderEvents(listed(names), naming);
        expect(consecutive).toBeLessThanOrEqual(highest);
      }),
    );
  });
});

describe('node ids', () => {
  it.each(['1', '1.1', '1.10.2', '01', '+1', '1.+1', '1.01', '1.9223372036854775807', `1${'.1'.repeat(100_000)}`])(
    '%.40s is one',
    (id) => {
      expect(nodeIdFault(id)).toBeNull();
    },
  );

  it.each(['', '2', '1.', '.1', '1..1', '1.0', '1.-1', ' 1', '1. 1', '1.a', '1.9223372036854775808', '1.1_0'])(
    '%j is none',
    (id) => {
      expect(nodeIdFault(id)).not.toBeNull();
    },
  );

  it('sort by number', () => {
    const ids = ['1', '1.1', '1.1.2', '1.2', '1.9', '1.10', '1.10.1', '1.99999999999999999998', '1.x'];
    expect([...ids].reverse().sort(compareNodeIds)).toEqual(ids);
  });

  it('have a total order, hostile ones too', () => {
    const id = fc.oneof(fc.string(), fc.stringMatching(/^[0-9+.]{0,6}$/));
    fc.assert(
      fc.property(id, id, id, (a, b, c) => {
        expect(Math.sign(compareNodeIds(a, b))).toBe(-Math.sign(compareNodeIds(b, a)) + 0);
        expect(compareNodeIds(a, b) === 0).toBe(a === b);
        if (compareNodeIds(a, b) < 0 && compareNodeIds(b, c) < 0) expect(compareNodeIds(a, c)).toBeLessThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});
