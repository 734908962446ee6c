import { expect, it } from 'vitest';
import { livingName } from '../../../../core/ledger/events/event-names';
import { Hints } from '../../../../core/ledger/reading/hints';

it('of new events only the highest number is kept, of others the name', () => {
  const hints = new Hints();
  expect(hints.isEmpty).toBe(true);
  for (const name of ['000009.json', '000007.json', '7.json', '000005.json', '.event-7.tmp', 'event-000008.json']) {
    hints.add(name, 6, livingName);
  }
  expect(hints.isEmpty).toBe(false);
  expect(hints.take()).toEqual({
    names: ['7.json', '000005.json', '.event-7.tmp', 'event-000008.json'],
    highest: 9,
    isNothing: false,
    mayHaveMissed: false,
    anyMayHaveChanged: false,
  });
  expect(hints.take()).toMatchObject({ names: [], highest: 0, isNothing: true });
});

it('keeps no more than a thousand names, however long nobody looks', () => {
  const hints = new Hints();
  for (let i = 1; i <= 100_000; i += 1) {
    hints.add(`.event-${i.toString()}.tmp`, 5_000, livingName);
    hints.add(livingName(i), 5_000, livingName);
  }
  const told = hints.take();
  expect(told.names).toHaveLength(1_000);
  expect(told).toMatchObject({ highest: 100_000, mayHaveMissed: true, anyMayHaveChanged: true });
});

it('many temp files alone let no event that was read be doubted', () => {
  const hints = new Hints();
  for (let i = 1; i <= 2_000; i += 1) hints.add(`.event-${i.toString()}.tmp`, 5_000, livingName);
  expect(hints.take()).toMatchObject({ mayHaveMissed: true, anyMayHaveChanged: false });
});
