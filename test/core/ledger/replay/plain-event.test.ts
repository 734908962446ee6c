import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGoTime } from '../../../../core/ledger/events/go-time';
import { plainInstant, readPlainTime } from '../../../../core/ledger/events/plain-time';
import { Digest } from '../../../../core/ledger/replay/claim-record';
import { DialectJudge } from '../../../../core/ledger/replay/dialect-judge';
import { LedgerFold } from '../../../../core/ledger/replay/ledger-fold';
import { createLivingReplay } from '../../../../core/ledger/replay/living-replay';
import { LivingState } from '../../../../core/ledger/replay/living-state';
import { applyPlain } from '../../../../core/ledger/replay/plain-event';
import { TransitionLog } from '../../../../core/ledger/replay/transition-log';
import { bytesOf, nodeCreated } from '../events';

const digits = (count: number) => fc.stringMatching(new RegExp(`^[0-9]{${count}}$`));

/** Times as they are written, nearly right ones and impossible ones. */
const timeText = fc.oneof(
  fc
    .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc
    .tuple(digits(4), digits(2), digits(2), digits(2), digits(2), digits(2), fc.stringMatching(/^(|[.,][0-9]{0,11})$/))
    .chain(([y, mo, d, h, mi, s, fraction]) =>
      fc.constantFrom('Z', 'z', '', '+02:00').map((zone) => `${y}-${mo}-${d}T${h}:${mi}:${s}${fraction}${zone}`),
    ),
  fc.constantFrom(
    '0001-01-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2024-02-29T23:59:59.000000001Z',
    '2026-01-15T9:00:00Z',
    'never',
    '',
  ),
);

const id = fc.constantFrom('1', '1.1', '1.2', '1.01', '', '2', '1.é', '1\\u002e1');
const owner = fc.constantFrom('ada', 'bo', '', 'é', 'a\\"b', 'tab\\t', '\u007f', 'x'.repeat(80));

/** Events to the letter as the living program writes them, with any values in them. */
const written = fc
  .tuple(
    fc.constantFrom('nodes_claimed', 'nodes_released', 'claim_refreshed', 'node_validated'),
    timeText,
    fc.array(id, { maxLength: 3 }),
    id,
    owner,
    timeText,
    fc.constantFrom('', '\n', ' ', '}', '\n\n'),
  )
  .map(([type, at, ids, node, who, until, end]) => {
    const list = `[${ids.map((each) => `"${each}"`).join(',')}]`;
    const rest: Readonly<Record<string, string>> = {
      nodes_claimed: `"node_ids":${list},"owner":"${who}","timeout":"${until}"`,
      nodes_released: `"node_ids":${list}`,
      claim_refreshed: `"node_id":"${node}","owner":"${who}","new_timeout":"${until}"`,
      node_validated: `"node_id":"${node}"`,
    };
    return `{"type":"${type}","timestamp":"${at}",${rest[type] ?? ''}}${end}`;
  });

/** The same with a byte or two changed, added or cut off. */
const event = fc.oneof(
  { weight: 4, arbitrary: written.map((text) => Buffer.from(text)) },
  fc.tuple(written, fc.nat(), fc.nat(255)).map(([text, at, value]) => {
    const bytes = Buffer.from(text);
    bytes[at % bytes.length] = value;
    return bytes;
  }),
  fc
    .tuple(written, fc.nat(), fc.constantFrom(' ', '"', ',', '\\', '{}', '"a":1,', '"owner":null,'))
    .map(([text, at, extra]) => {
      const place = at % text.length;
      return Buffer.from(text.slice(0, place) + extra + text.slice(place));
    }),
  fc.tuple(written, fc.nat()).map(([text, at]) => Buffer.from(text.slice(0, at % text.length))),
);

describe('the short way through plain events', () => {
  it('comes to what the general rules come to, event by event', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const [plain, general] = [createLivingReplay(), createLivingReplay()];
        const [plainLog, generalLog] = [new TransitionLog(), new TransitionLog()];
        let sequence = 0;
        for (const bytes of [
          ...['1', '1.1', '1.2'].map((node) => Buffer.from(bytesOf(nodeCreated(node)))),
          ...events,
        ]) {
          sequence += 1;
          const said = general.apply(sequence, bytes);
          if (said.kind === 'applied') for (const transition of said.transitions) generalLog.add(transition);
          const outcome = plain.applyInto(plainLog, sequence, bytes);
          expect(outcome).toEqual(said.kind === 'applied' ? { ...said, transitions: [] } : said);
        }
        expect(plain.claims()).toEqual(general.claims());
        expect([...plainLog.range()]).toEqual([...generalLog.range()]);
      }),
      { numRuns: 500 },
    );
  });

  it('is the way of the events that the living program writes', () => {
    const at = '2026-01-15T10:30:00.123456789Z';
    for (const text of [
      `{"type":"nodes_claimed","timestamp":"${at}","node_ids":["1.2"],"owner":"ada","timeout":"2026-01-15T11:30:00+02:00"}`,
      `{"type":"nodes_released","timestamp":"${at}","node_ids":["1.2"]}\n`,
      `{"type":"claim_refreshed","timestamp":"${at}","node_id":"1.2","owner":"ada","new_timeout":"${at}"}`,
    ]) {
      const state = new LivingState();
      const holder = {
        owner: 'ada',
        acquiredAt: null,
        expiresAt: null,
        claimedBy: 1,
        changedBy: 1,
        digest: new Digest(Buffer.of()),
      };
      const isFree = text.includes('nodes_claimed');
      const node = { id: '1.2', workflow: isFree ? 'available' : 'claimed', epistemic: '', statement: '' };
      state.nodes.set('1.2', { ...node, claim: isFree ? null : holder });
      const outcome = applyPlain(state, new TransitionLog(), 2, Buffer.from(text), false);
      expect(outcome, text).toMatchObject({ kind: 'applied' });
    }
  });

  it('tells times to the letter', () => {
    fc.assert(
      fc.property(timeText, fc.nat(3), (text, before) => {
        const bytes = Buffer.from(`${'x'.repeat(before)}${text}"}`);
        const time = readPlainTime(bytes, before, before + text.length);
        const parsed = parseGoTime(text);
        if (time === null) return;
        expect(plainInstant(time)).toEqual(parsed);
        expect(bytes.toString('latin1', time.from, time.from + time.length)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
    expect(readPlainTime(Buffer.from('2026-01-15T10:30:00.5Z'), 0, 22)?.text).toBe('2026-01-15T10:30:00.5Z');
  });

  it('keeps nothing of the bytes that it was given', () => {
    const fold = new LedgerFold('living', 'living', new DialectJudge('/nowhere'));
    const room = Buffer.alloc(400);
    const apply = (text: string): void => {
      room.fill(0x20);
      const length = room.write(text);
      expect(fold.apply(room.subarray(0, length), 1, 1, 1, 1)).toBeNull();
    };
    apply(JSON.stringify(nodeCreated('1')));
    apply(
      '{"type":"nodes_claimed","timestamp":"2026-01-15T10:30:00.10Z","node_ids":["1"],"owner":"ada","timeout":"2026-01-15T11:30:00Z"}',
    );
    const claims = structuredClone(fold.replay.claims());
    room.fill(0x39);
    expect(fold.replay.claims()).toEqual(claims);
    expect(claims).toMatchObject([
      { acquiredAt: { text: '2026-01-15T10:30:00.10Z' }, expiresAt: { text: '2026-01-15T11:30:00Z' } },
    ]);
    expect(fold.log.at(0)).toMatchObject({
      at: { text: '2026-01-15T10:30:00.10Z' },
      until: { text: '2026-01-15T11:30:00Z' },
    });
  });
});
