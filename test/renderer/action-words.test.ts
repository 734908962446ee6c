import { describe, expect, it } from 'vitest';
import { type ClaimAction, saidOnce } from '../../core/model';
import type { ActionSubject } from '../../renderer/store/state';
import { actionOn, doingWords, question } from '../../renderer/views/action-words';
import { claimRow } from './rows';

const lock = claimRow('.git-sync.lock', { kind: 'file-lock', holder: 'python3', holderNote: 'pid 4242' });

const about = (action: ClaimAction, claim = lock): ActionSubject => ({
  kind: 'claims',
  action,
  sourceId: claim.sourceId,
  claims: [claim],
});

describe('what a dialog asks', () => {
  it.each([
    ['release', 'Release file-lock .git-sync.lock?'],
    ['reap', 'Reap file-lock .git-sync.lock from python3?'],
    ['terminate', 'Terminate python3 (pid 4242), the holder of .git-sync.lock?'],
    ['kill', 'Kill python3 (pid 4242), the holder of .git-sync.lock?'],
  ] as const)('%s: %s', (action, words) => {
    expect(question(about(action))).toBe(words);
  });

  it('of a holder that nobody names', () => {
    const nameless = claimRow('x', { kind: 'file-lock', holder: null });
    expect(question(about('kill', nameless))).toBe('Kill an unknown holder, the holder of x?');
  });
});

describe('a command on a claim', () => {
  it('names what it does to whom', () => {
    expect(actionOn('reap', lock)).toBe('Reap file-lock .git-sync.lock');
    expect(actionOn('terminate', lock)).toBe('Terminate the holder of file-lock .git-sync.lock');
    expect(actionOn('kill', lock)).toBe('Kill the holder of file-lock .git-sync.lock');
  });
});

describe('a signal', () => {
  it('is not called a write', () => {
    for (const action of ['terminate', 'kill'] as const) {
      expect(JSON.stringify(doingWords(action))).not.toMatch(/writ/i);
    }
    expect(doingWords('mend').nothing).toBe('Nothing was written.');
  });

  it('that was not sent is said once', () => {
    for (const action of ['kill', 'reap'] as const) {
      expect(saidOnce(`It is another one. ${doingWords(action).nothing}`)).toBe('It is another one.');
    }
  });
});
