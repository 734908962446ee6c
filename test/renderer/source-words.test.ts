import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../core/model';
import {
  adviceOf,
  ageOf,
  clockMovedWords,
  reasonWords,
  sourceName,
  standingOf,
  watchOfAll,
  watchOfOne,
} from '../../renderer/views/source-words';
import { sourceRow } from './rows';

const NOW = 10_000_000;

describe('what the watch of a source is doing', () => {
  it.each([
    [{}, 'Watching', 'readable'],
    [{ watch: 'looking' }, 'Looking every 2 s', 'readable'],
    [{ watch: 'off' }, 'Not watched', 'undecided'],
    [{ waitingSinceMs: NOW - 7_400 }, 'No answer from its disk for 7 s', 'undecided'],
    [{ status: { kind: 'reading', done: 12_300, total: 100_000 } }, 'Reading: 12,300 of 100,000 events', 'reading'],
    [{ status: { kind: 'reading', done: 0, total: null } }, 'Reading: 0 events', 'reading'],
    [{ rereading: { done: 5, total: 10 } }, 'Reading again: 5 of 10 events', 'reading'],
    [{ rereading: { done: 5, total: null }, protocol: 'task-lease' }, 'Reading again: 5 tasks', 'reading'],
    [{ rereading: { done: 5, total: null }, protocol: 'mutex' }, 'Reading again: 5 records', 'reading'],
    [{ status: { kind: 'not-read' } }, 'Not read', 'not-read'],
    [
      { status: { kind: 'out-of-reach', since: instantFromMs(NOW - 240_000), reason: 'gone' } },
      'Out of reach for 4 m 00 s, looking every 2 s',
      'out-of-reach',
    ],
    [{ status: { kind: 'unreadable', at: 3, reason: 'bad' } }, 'Watching', 'unreadable'],
  ] as const)('%j: %s', (more, text, dot) => {
    expect(watchOfOne(sourceRow('s', more), NOW)).toEqual({ text, dot });
  });
});

describe('what the watch of all sources is doing', () => {
  it('counts them by what is done with them', () => {
    expect(watchOfAll([])).toEqual({ dot: 'undecided', text: 'Nothing to watch' });
    expect(watchOfAll([sourceRow()])).toEqual({ dot: 'readable', text: 'Watching 1 source' });
    expect(watchOfAll([sourceRow('a', { watch: 'looking' })]).text).toBe('Looking at 1 source every 2 s');
    expect(watchOfAll([sourceRow('a'), sourceRow('b', { waitingSinceMs: NOW })])).toEqual({
      dot: 'undecided',
      text: 'Watching 1 source, waiting for 1',
    });
    const many = [
      sourceRow('a'),
      sourceRow('b'),
      sourceRow('c', { watch: 'looking' }),
      sourceRow('d', { status: { kind: 'reading', done: 0, total: null } }),
      sourceRow('e', { status: { kind: 'not-read' } }),
      sourceRow('f', { watch: 'off' }),
    ];
    expect(watchOfAll(many)).toEqual({
      dot: 'undecided',
      text: 'Watching 2 sources, looking at 1 every 2 s, reading 1, 1 not read, 1 not watched',
    });
    const gone = sourceRow('g', { status: { kind: 'out-of-reach', since: instantFromMs(0), reason: 'gone' } });
    expect(watchOfAll([gone])).toEqual({ dot: 'out-of-reach', text: '1 out of reach' });
  });
});

describe('how old the picture is', () => {
  const read = (ago: number, more = {}) => sourceRow('s', { readAtMs: NOW - ago, ...more });

  it('is the age of the source that was read the longest ago', () => {
    expect(ageOf([], NOW)).toBeNull();
    expect(ageOf([sourceRow()], NOW)).toBeNull();
    expect(ageOf([read(400)], NOW)?.text).toBe('Read just now');
    expect(ageOf([read(12_000)], NOW)?.text).toBe('Read 12 s ago');
    const two = ageOf([read(100), read(65_000, { title: 'old one' })], NOW);
    expect(two?.text).toBe('Oldest read 1 m 05 s ago');
    expect(two?.title).toContain('old one was last read at');
  });

  it('says whether it may have changed since, and does not lie when the clock was set back', () => {
    expect(ageOf([read(9_000)], NOW)?.title).toContain('nothing was seen to change since');
    expect(ageOf([read(9_000, { watch: 'off' })], NOW)?.title).toContain('It may have changed since');
    expect(ageOf([read(9_000, { waitingSinceMs: NOW - 3_000 })], NOW)?.title).toContain('It may have changed since');
    expect(ageOf([read(-60_000)], NOW)?.text).toBe('Read before the clock was set back');
  });
});

describe('a clock that moved', () => {
  it('is not called sleep: it may have been set', () => {
    expect(clockMovedWords(3_600_000)).toBe(
      'The clock moved by 1 h 00 m (the machine slept, or it was set); looking again',
    );
    expect(clockMovedWords(-7_200_000)).toBe('The clock was set back by 2 h 00 m; looking again');
  });
});

describe('where a source stands', () => {
  it('is what was known before, while its disk does not answer', () => {
    expect(standingOf(sourceRow())).toEqual({ dot: 'readable', text: 'readable' });
    expect(standingOf(sourceRow('s', { waitingSinceMs: NOW }))).toEqual({
      dot: 'undecided',
      text: 'its disk does not answer; before that: readable',
    });
  });
});

describe('sources of the same name', () => {
  it('are told apart by their protocol, and others are not burdened with it', () => {
    const tasks = sourceRow('a', { title: 'exarp', protocol: 'task-lease' });
    const locks = sourceRow('b', { title: 'exarp', protocol: 'file-lock' });
    const proof = sourceRow('c', { title: 'proof' });
    const all = [tasks, locks, proof];
    expect(all.map((source) => sourceName(source, all))).toEqual(['exarp (tasks)', 'exarp (kernel locks)', 'proof']);
    expect(sourceName(tasks, [tasks, proof])).toBe('exarp');
  });
});

describe('what is wrong with a source', () => {
  it('is a sentence of its own', () => {
    expect(reasonWords('its database is damaged: malformed')).toBe('Its database is damaged: malformed.');
    expect(reasonWords('It is not there (ENOENT)')).toBe('It is not there (ENOENT).');
    expect(reasonWords('000004.json: bad.')).toBe('000004.json: bad.');
  });

  it('comes with what to do about it, where there is something', () => {
    const gone = { kind: 'out-of-reach', since: instantFromMs(0), reason: 'gone' } as const;
    expect(adviceOf(sourceRow('a', { status: gone }))).toContain('every 2 s');
    const broken = { kind: 'unreadable', at: null, reason: 'bad' } as const;
    expect(adviceOf(sourceRow('a', { status: broken, protocol: 'task-lease' }))).toContain('backup');
    expect(adviceOf(sourceRow('a', { status: broken }))).toBeNull();
    expect(adviceOf(sourceRow('a'))).toBeNull();
  });
});
