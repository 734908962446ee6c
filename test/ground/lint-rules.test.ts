import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandbox, type Sandbox } from './sandbox';

const ESLINT = 'node_modules/eslint/bin/eslint.js';

const LATER = 'declare const later: () => Promise<void>;\n';
const IPC = "import { ipcMain } from 'electron';\nipcMain.removeAllListeners();\n";
const SHAPES =
  "type Shape = { readonly kind: 'circle' } | { readonly kind: 'square' };\nexport function name(s: Shape): string {\n";

/** What breaks each rule: a file and what it says. */
const BROKEN: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['@typescript-eslint/no-floating-promises', 'core/floating.ts', `${LATER}later();\n`],
  ['@typescript-eslint/no-misused-promises', 'core/misused.ts', `${LATER}[1].forEach(async () => await later());\n`],
  [
    '@typescript-eslint/switch-exhaustiveness-check',
    'core/switch.ts',
    `${SHAPES}  switch (s.kind) {\n    case 'circle':\n      return 'c';\n    default:\n      return 'other';\n  }\n}\n`,
  ],
  ['@typescript-eslint/no-explicit-any', 'core/any.ts', 'export const anything = (value: any): unknown => value;\n'],
  ['@typescript-eslint/no-unsafe-assignment', 'core/unsafe.ts', "export const value: string = JSON.parse('1');\n"],
  ['@typescript-eslint/ban-ts-comment', 'core/ts-ignore.ts', "// @ts-ignore\nexport const n: number = 'x';\n"],
  ['@typescript-eslint/no-unused-vars', 'core/unused.ts', 'const nobody = 1;\n'],
  ['eqeqeq', 'core/equal.ts', 'export const same = (a: string | null): boolean => a == null;\n'],
  ['no-console', 'core/console.ts', "console.log('left over');\n"],
  [
    '@eslint-community/eslint-comments/require-description',
    'core/undescribed.ts',
    '// eslint-disable-next-line no-console\nconsole.log(1);\n',
  ],
  [
    '@eslint-community/eslint-comments/no-unlimited-disable',
    'core/unlimited.ts',
    '// eslint-disable-next-line -- because\nconsole.log(1);\n',
  ],
  ['null', 'core/needless.ts', '// eslint-disable-next-line no-console -- nothing is printed\nexport const n = 1;\n'],
  ['no-restricted-imports', 'electron/window.ts', IPC],
  [
    'no-restricted-syntax',
    'electron/menu.ts',
    "import electron from 'electron';\nelectron.ipcMain.removeAllListeners();\n",
  ],
  [
    'react-hooks/rules-of-hooks',
    'renderer/hooks.tsx',
    "import { useState } from 'react';\nexport function useMaybe(on: boolean): void {\n  if (on) useState(1);\n}\n",
  ],
];

interface FileReport {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null; readonly severity: number }[];
}

describe('the rules of the code', () => {
  let sandbox: Sandbox;
  let reports: readonly FileReport[] = [];

  beforeAll(async () => {
    sandbox = await createSandbox(
      {
        ...Object.fromEntries(BROKEN.map(([, file, text]) => [file, text])),
        'electron/ipc.ts': IPC,
        'core/good.ts': `${SHAPES}  switch (s.kind) {\n    case 'circle':\n      return 'c';\n    case 'square':\n      return 's';\n  }\n}\n`,
      },
      ['eslint.config.mjs', 'tsconfig.json'],
    );
    const { output } = await sandbox.run(ESLINT, '--format', 'json', 'core', 'electron', 'renderer');
    reports = JSON.parse(output) as FileReport[];
  }, 60_000);

  afterAll(() => sandbox.remove());

  const errorsIn = (file: string): string[] =>
    (reports.find((report) => report.filePath.endsWith(`/${file}`))?.messages ?? [])
      .filter(({ severity }) => severity === 2)
      .map(({ ruleId }) => String(ruleId));

  it.each(BROKEN)('%s is broken by %s', (rule, file) => {
    expect(errorsIn(file)).toContain(rule);
  });

  it.each(['electron/ipc.ts', 'core/good.ts'])('has nothing to say about %s', (file) => {
    expect(reports.some((report) => report.filePath.endsWith(`/${file}`))).toBe(true);
    expect(errorsIn(file)).toEqual([]);
  });
});
