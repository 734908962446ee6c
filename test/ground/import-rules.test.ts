import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandbox, type Sandbox } from './sandbox';

const IMPORTS = 'scripts/check-imports.mjs';
const RULES = ['.dependency-cruiser.cjs', 'tsconfig.json'];
const FOLDERS = [
  'renderer',
  'contract',
  'service',
  'electron',
  'web',
  'cli',
  'demo',
  'inspector',
  'inspector/threads',
  'inspector/discovery',
  'core/model',
  'core/host',
  'core/ledger',
  'core/mutex',
  'core/task-lease',
  'test',
  'bench',
  'scripts',
];

/** A tree in which each folder has one file that others may name. */
function tree(files: Readonly<Record<string, string>>): Record<string, string> {
  const quiet = Object.fromEntries(FOLDERS.map((folder) => [`${folder}/here.ts`, 'export const here = 1;\n']));
  return { ...quiet, 'core/protocols.ts': "export * from './ledger/here';\n", ...files };
}

const from = (target: string): string => `import { here } from '${target}/here';\nexport const used = here;\n`;

/** What breaks each rule: a file and what it says. */
const BROKEN: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['renderer-reaches-only-its-neighbours', 'renderer/a.ts', from('../service')],
  ['renderer-reaches-only-its-neighbours', 'renderer/b.ts', from('../core/host')],
  ['contract-reaches-only-its-neighbours', 'contract/a.ts', from('../core/ledger')],
  ['service-reaches-only-its-neighbours', 'service/a.ts', from('../core/ledger')],
  ['electron-reaches-only-its-neighbours', 'electron/a.ts', from('../renderer')],
  ['electron-reaches-only-its-neighbours', 'electron/b.ts', from('../core/ledger')],
  ['web-reaches-only-its-neighbours', 'web/a.ts', from('../electron')],
  ['cli-reaches-only-its-neighbours', 'cli/a.ts', from('../core/ledger')],
  // Of task leases, a command line may do the migration and nothing else.
  ['cli-reaches-only-its-neighbours', 'cli/b.ts', from('../core/task-lease')],
  ['demo-reaches-only-its-neighbours', 'demo/a.ts', from('../inspector')],
  ['inspector-reaches-only-its-neighbours', 'inspector/a.ts', from('../contract')],
  ['threads-know-only-the-port', 'inspector/threads/a.ts', from('..')],
  ['threads-know-only-the-port', 'inspector/threads/b.ts', from('../../core/ledger')],
  ['threads-know-only-the-port', 'inspector/discovery/a.ts', from('..')],
  ['core-reaches-only-its-neighbours', 'core/ledger/a.ts', from('../../inspector')],
  ['model-imports-nothing', 'core/model/a.ts', from('../host')],
  ['model-imports-nothing', 'core/model/b.ts', "export { z } from 'zod';\n"],
  ['model-imports-nothing', 'core/model/c.ts', "export { join } from 'node:path';\n"],
  ['protocols-do-not-know-each-other', 'core/ledger/b.ts', from('../mutex')],
  ['host-knows-no-protocol', 'core/host/a.ts', from('../ledger')],
  ['no-node-in-what-a-window-runs', 'renderer/c.ts', "export { join } from 'node:path';\n"],
  ['no-node-in-what-a-window-runs', 'contract/b.ts', "export { join } from 'path';\n"],
  ['electron-stays-in-its-folder', 'service/b.ts', "export { app } from 'electron';\n"],
  ['electron-stays-in-its-folder', 'renderer/d.ts', "import type { App } from 'electron';\nexport type A = App;\n"],
  ['react-stays-in-the-renderer', 'inspector/b.ts', "export { useState } from 'react';\n"],
  ['no-cycles', 'web/loop-a.ts', "export { b } from './loop-b';\nexport const a = 1;\n"],
  ['nothing-imports-tests', 'web/b.ts', from('../test')],
  ['nothing-imports-tests', 'web/c.ts', from('../bench')],
  ['programs-do-not-import-scripts', 'cli/b.ts', from('../scripts')],
  ['scripts-run-without-packages', 'scripts/a.mjs', "import { z } from 'zod';\nexport const schema = z;\n"],
  ['everything-is-found', 'cli/c.ts', from('./nowhere')],
];

describe('the rules between folders', () => {
  let good: Sandbox;
  let bad: Sandbox;
  let report = '';

  beforeAll(async () => {
    good = await createSandbox(
      tree({
        'renderer/ok.tsx': `${from('../contract')}export { useState } from 'react';\nexport * from '../core/model/here';\n`,
        'contract/ok.ts': from('../core/model'),
        'service/ok.ts': "export * from '../inspector/here';\nexport * from '../core/protocols';\n",
        'electron/ok.ts': "export { app } from 'electron';\nexport * from '../service/here';\n",
        'inspector/threads/ok.ts': from('../../core/host'),
        'core/ledger/ok.ts': "export { join } from 'node:path';\nexport * from '../host/here';\n",
        'scripts/ok.mjs': "export const vite = () => import('vite');\n",
        'core/model/type-a.ts': "import type { B } from './type-b';\nexport interface A { readonly b?: B }\n",
        'core/model/type-b.ts': "import type { A } from './type-a';\nexport interface B { readonly a?: A }\n",
      }),
      RULES,
    );
    bad = await createSandbox(
      tree({
        'web/loop-b.ts': "export { a } from './loop-a';\nexport const b = 2;\n",
        ...Object.fromEntries(BROKEN.map(([, file, text]) => [file, text])),
      }),
      RULES,
    );
    report = (await bad.run(IMPORTS)).output;
  }, 60_000);

  afterAll(async () => {
    await Promise.all([good.remove(), bad.remove()]);
  });

  it('has nothing to say about a tree that keeps them', async () => {
    expect(await good.run(IMPORTS)).toEqual({ code: 0, output: '' });
  });

  it.each(BROKEN)('%s is broken by %s', (rule, file) => {
    expect(report).toContain(`${rule}: ${file} → `);
  });

  it('fails when it looked at nothing', async () => {
    const empty = await createSandbox({}, RULES);
    try {
      const { code, output } = await empty.run(IMPORTS);
      expect(code).toBe(1);
      expect(output).not.toBe('');
    } finally {
      await empty.remove();
    }
  });

  it('fails when the cruiser passes over sources', async () => {
    const blind = await createSandbox(
      {
        ...tree({}),
        '.dependency-cruiser.cjs':
          "module.exports = { forbidden: [], options: { exclude: { path: '^core/ledger' } } };\n",
      },
      ['tsconfig.json'],
    );
    try {
      const { code, output } = await blind.run(IMPORTS);
      expect(code).toBe(1);
      expect(output).toContain('did not look at core/ledger/here.ts');
    } finally {
      await blind.remove();
    }
  });
});
