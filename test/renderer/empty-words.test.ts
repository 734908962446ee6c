import { afterEach, describe, expect, it } from 'vitest';
import { instantFromMs, type SourceRow } from '../../core/model';
import { type App, createApp } from '../../renderer/store/app';
import { isKnown, isPictureWhole, sourcesInView } from '../../renderer/store/known';
import type { AppState } from '../../renderer/store/state';
import { noClaimsWords, noMatchesWords } from '../../renderer/views/empty-words';
import { HandClock, settle } from './hand-clock';
import { sourceRow } from './rows';
import { ScriptedHost } from './scripted-host';

let app: App | undefined;

afterEach(() => {
  app?.dispose();
  app = undefined;
});

const isAllKnown = (state: AppState): boolean => isPictureWhole(state) && sourcesInView(state).every(isKnown);

describe('where no claim is shown', () => {
  it.each<[string, Partial<SourceRow>]>([
    ['waits for its disk', { waitingSinceMs: 1 }],
    ['is unreadable', { status: { kind: 'unreadable', at: 3, reason: 'bad' } }],
    ['is undecided', { status: { kind: 'undecided', reason: 'bad' } }],
    ['is out of reach', { status: { kind: 'out-of-reach', since: instantFromMs(1), reason: 'gone' } }],
    ['was not read', { status: { kind: 'not-read' } }],
    ['is being read', { status: { kind: 'reading', done: 0, total: null } }],
  ])('everything is called free only where no source %s', async (_why, more) => {
    const host = new ScriptedHost([]);
    host.sourceRows = [sourceRow('source-1'), sourceRow('source-2')];
    app = createApp(host, new HandClock());
    await settle();
    const { store } = app;
    expect(isAllKnown(store.getState())).toBe(true);
    host.putSource(sourceRow('source-2', more));
    expect(isAllKnown(store.getState())).toBe(false);
    app.choose({ sourceId: 'source-1' });
    expect(isAllKnown(store.getState()), 'What is not in view does not matter.').toBe(true);
    host.connection('lost');
    expect(isAllKnown(store.getState())).toBe(false);
  });

  it('nothing is called free, and no news good, where something is not known', () => {
    expect(noClaimsWords(true).text).toContain('is free');
    expect(noClaimsWords(false)).toEqual({
      title: 'No claim is shown',
      text: 'Not every source could be read, so whether anything is claimed is not known.',
    });
    expect(noMatchesWords('stale', 3, true)).toMatchObject({ title: 'No claim is stale' });
    expect(noMatchesWords('contended', 3, true).text).toContain('Nobody is seen waiting');
    expect(noMatchesWords('contended', 3, false).text).not.toContain('Nobody');
    const words = noMatchesWords('stale', 3, false);
    expect(words.title).toBe('No claim that is shown is stale');
    expect(words.text).not.toContain('good news');
    expect(noMatchesWords('expiring', 0, false).title).toBe('No claim matches');
  });
});
