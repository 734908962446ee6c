import { readdirSync } from 'node:fs';
import { type Browser, test as base, chromium, expect } from '@playwright/test';
import { removeBuiltPrograms } from '../helpers/built-program';
import { type Agent, startAgent } from './agent';
import { type Bench, createBench } from './bench';
import { alive, family, kinOf } from './family';
import { HOSTS, type HostName, type Lockscope, type OpenOptions, openBrowser, openElectron } from './lockscope';
import { needChromium, needElectron } from './needs';

interface PerTest {
  /** Where Lockscope runs; set with `onEachHost`. */
  host: HostName;
  bench: Bench;
  /**
   * Starts Lockscope on these paths. The test's end closes it, and then nothing may be left: no process, no temporary
   * file, and no complaint in its console.
   */
  open: (paths: readonly string[], options?: OpenOptions) => Promise<Lockscope>;
  /** Errors in the console that a test brings about on purpose. */
  expectedComplaints: RegExp[];
  /** What is to be ended after Lockscope has, the last first; before it where a test failed, so that nothing holds it up. */
  atEnd: (() => Promise<void>)[];
}

interface PerWorker {
  /** What was built to be started as processes of tests goes with the last of them. */
  programs: null;
  agent: Agent;
  /** The one browser of all tests, started when one asks. */
  browserOnDemand: () => Promise<Browser>;
}

export const test = base.extend<PerTest, PerWorker>({
  host: ['electron', { option: true }],
  bench: async ({}, use) => {
    const bench = createBench();
    await use(bench);
    bench.remove();
  },
  expectedComplaints: async ({}, use) => {
    await use([]);
  },
  atEnd: async ({}, use) => {
    await use([]);
  },
  programs: [
    async ({}, use) => {
      await use(null);
      removeBuiltPrograms();
    },
    { scope: 'worker', auto: true },
  ],
  agent: [
    async ({}, use) => {
      const agent = await startAgent();
      await use(agent);
      await agent.stop();
    },
    { scope: 'worker' },
  ],
  browserOnDemand: [
    async ({ launchOptions }, use) => {
      let started: Promise<Browser> | undefined;
      await use(() => (started ??= chromium.launch(launchOptions)));
      await (await started)?.close();
    },
    { scope: 'worker' },
  ],
  open: async ({ host, bench, browserOnDemand, expectedComplaints, atEnd }, use, testInfo) => {
    const opened: Lockscope[] = [];
    await use(async (paths, options) => {
      const lockscope =
        host === 'electron'
          ? await openElectron(bench, paths, options)
          : await openBrowser(bench, paths, await browserOnDemand(), options);
      opened.push(lockscope);
      return lockscope;
    });
    const kin = new Set(opened.flatMap(({ pid }) => [...kinOf(pid)]));
    if (testInfo.status !== testInfo.expectedStatus) await endAll(atEnd);
    for (const lockscope of opened) {
      if (testInfo.status !== testInfo.expectedStatus) {
        await testInfo.attach('output of the host', { body: lockscope.output() });
      }
      await lockscope.close();
    }
    await endAll(atEnd);
    await expect
      .poll(
        () => [...alive(kin), ...family(bench.home).values()],
        'Lockscope was closed and left processes behind. Find who started them.',
      )
      .toEqual([]);
    expect(readdirSync(bench.temp), 'Lockscope was closed and left files in the temporary folder.').toEqual([]);
    const complaints = opened
      .flatMap((lockscope) => lockscope.complaints)
      .filter((complaint) => !expectedComplaints.some((expected) => expected.test(complaint)));
    expect(complaints, 'The page wrote errors into its console, or broke its own policy.').toEqual([]);
  },
});

async function endAll(ends: (() => Promise<void>)[]): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}

export { expect };

/** The same tests in real Electron and in a real browser. */
export function onEachHost(define: () => void): void {
  for (const host of HOSTS) {
    test.describe(host, () => {
      test.use({ host });
      test.beforeEach(() => {
        if (host === 'electron') needElectron();
        else needChromium();
      });
      define();
    });
  }
}
