import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Changes, Snapshot } from '../../../core/model';
import type { Inspector } from '../../../inspector';
import { inspect, tempFolder } from '../../helpers/inspect';
import { scriptFolder } from '../../helpers/scripted-folder';
import { longestTask } from '../../helpers/tasks';
import { startThreads } from '../../helpers/threads';

const LONGEST_MS = 50;
const LIMIT_MS = 120_000;

/** What a window that came in the middle knows in the end: the snapshot of that moment, and every change since. */
class Window {
  readonly #claims: Map<string, string>;
  #revision: number;
  largest = 0;

  constructor(snapshot: Snapshot) {
    this.#revision = snapshot.revision;
    this.#claims = new Map(snapshot.claims.map((claim) => [claim.key, JSON.stringify(claim)]));
  }

  apply({ from, to, changes }: Changes): void {
    expect(from).toBe(this.#revision);
    this.#revision = to;
    this.largest = Math.max(this.largest, changes.length);
    for (const change of changes) {
      if (change.kind === 'claim') this.#claims.set(change.claim.key, JSON.stringify(change.claim));
      if (change.kind === 'claim-removed') this.#claims.delete(change.key);
    }
  }

  /** Whether it shows what a window shows that only comes now. */
  isLike(snapshot: Snapshot): boolean {
    const now = new Window(snapshot);
    if (this.#revision !== now.#revision || this.#claims.size !== now.#claims.size) return false;
    return [...this.#claims].every(([key, text]) => now.#claims.get(key) === text);
  }
}

/** A window that comes when some of the claims are there, and not all. */
function comeInTheMiddle(inspector: Inspector, all: number): () => Window | null {
  let window: Window | null = null;
  inspector.onChanges((changes) => {
    if (window !== null) window.apply(changes);
    else {
      const snapshot = inspector.snapshot();
      if (snapshot.claims.length > 0 && snapshot.claims.length < all) window = new Window(snapshot);
    }
  });
  return () => window;
}

describe('a source with very many claims and findings', () => {
  it.each([10_000, 50_000])(
    'keeps the thread of the window for no longer than 50 ms at a time: %i',
    async (count) => {
      const root = await tempFolder();
      const folder = scriptFolder(path.join(root, 'many'), { claims: count, findings: count });
      const { protocols } = startThreads();
      const inspector = inspect({ protocols, dataFolder: path.join(root, 'data') });
      const windowOf = comeInTheMiddle(inspector, count);

      const first = await longestTask(async () => {
        await inspector.open(folder);
        await inspector.settled();
      });

      expect(first).toBeLessThan(LONGEST_MS);
      expect(inspector.snapshot().claims).toHaveLength(count);
      const [source] = inspector.snapshot().sources;
      expect(source).toMatchObject({ held: count, stale: count, status: { kind: 'readable' } });
      expect(source!.findings.at(-1)?.message).toContain(`${(count - 500).toString()} more findings`);
      const window = windowOf();
      expect(window?.isLike(inspector.snapshot())).toBe(true);
      expect(window?.largest).toBeGreaterThan(500);
      expect(window?.largest).toBeLessThanOrEqual(1_000);

      // A reading that forgets a fifth of them and changes some.
      scriptFolder(folder, { claims: count, findings: count, from: count / 5, at: 7 });
      const reset = await longestTask(() => inspector.reread(source!.id));
      expect(reset).toBeLessThan(LONGEST_MS);
      expect(inspector.snapshot().claims).toHaveLength((count * 4) / 5);
      expect(inspector.snapshot().sources).toMatchObject([{ held: (count * 4) / 5, head: 7 }]);
      expect(window?.isLike(inspector.snapshot())).toBe(true);

      const closing = await longestTask(async () => {
        inspector.close(source!.id);
        while (inspector.snapshot().sources.length > 0) await nextTurn();
      });
      expect(closing).toBeLessThan(LONGEST_MS);
      expect(window?.isLike(inspector.snapshot())).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    'that is opened again while it is still being taken out is there, whole',
    async () => {
      const root = await tempFolder();
      const folder = scriptFolder(path.join(root, 'many'), { claims: 5_000 });
      const { protocols } = startThreads();
      const inspector = inspect({ protocols, dataFolder: path.join(root, 'data') });
      const windowOf = comeInTheMiddle(inspector, 5_000);
      await inspector.open(folder);
      await inspector.settled();
      const [source] = inspector.snapshot().sources;
      const opening = inspector.open(folder);
      inspector.close(source!.id);
      expect(inspector.snapshot().claims.length).toBeGreaterThan(0);
      await opening;
      await inspector.settled();
      expect(inspector.snapshot().claims).toHaveLength(5_000);
      expect(windowOf()?.isLike(inspector.snapshot())).toBe(true);
    },
    LIMIT_MS,
  );
});
