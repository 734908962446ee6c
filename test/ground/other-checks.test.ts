import { describe, expect, it } from 'vitest';
import { createSandbox } from './sandbox';

async function runIn(
  files: Readonly<Record<string, string>>,
  copied: readonly string[],
  script: string,
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const sandbox = await createSandbox(files, copied);
  try {
    return await sandbox.run(script, ...args);
  } finally {
    await sandbox.remove();
  }
}

describe('types', () => {
  const check = (text: string) =>
    runIn({ 'core/a.ts': text }, ['tsconfig.json'], 'node_modules/typescript/bin/tsc', '-p', '.');

  it.each([
    ['a value of the wrong type', "export const n: number = 'one';\n"],
    ['an index that may miss', 'export const first = (all: readonly string[]): string => all[0];\n'],
    [
      'an undefined where a property may only be absent',
      'export const o: { readonly a?: string } = { a: undefined };\n',
    ],
    ['a parameter without a type', 'export const same = (value) => value;\n'],
  ])('%s is an error', async (_name, text) => {
    expect(await check(text)).toMatchObject({ code: 2 });
  });

  it('right code is none', async () => {
    expect(await check('export const n: number = 1;\n')).toEqual({ code: 0, output: '' });
  });
});

describe('format', () => {
  const check = (text: string) =>
    runIn(
      { 'core/a.ts': text, '.git/HEAD': 'ref: refs/heads/main\n' },
      ['biome.json', '.gitignore'],
      'node_modules/@biomejs/biome/bin/biome',
      'ci',
      '--error-on-warnings',
      '.',
    );

  it.each([
    ['double quotes', 'export const a = "1";\n'],
    ['four spaces', "export function a(): string {\n    return '1';\n}\n"],
    ['imports out of order', "import b from 'node:path';\nimport a from 'node:fs';\n\nexport const both = [a, b];\n"],
  ])('%s are an error', async (_name, text) => {
    expect((await check(text)).code).toBe(1);
  });

  it('formatted code is none', async () => {
    expect(await check("export const a = '1';\n")).toMatchObject({ code: 0 });
  });
});

describe('unused code', () => {
  const check = (files: Readonly<Record<string, string>>) =>
    runIn(
      {
        'package.json': '{ "name": "x", "type": "module", "devDependencies": { "zod": "4.6.7" } }\n',
        'cli/main.ts': "import { used } from './used';\nimport 'zod';\n\nexport const answer = used;\n",
        'cli/used.ts': 'export const used = 1;\n',
        ...files,
      },
      ['knip.json', 'tsconfig.json'],
      'node_modules/knip/bin/knip.js',
      '--no-progress',
      '--include',
      'files,exports,types,dependencies,unlisted',
    );

  it('an unused file, export and dependency are errors', async () => {
    const { code, output } = await check({
      'package.json': '{ "name": "x", "type": "module", "devDependencies": { "zod": "4.6.7", "ws": "8.23.0" } }\n',
      'cli/nobody.ts': 'export const nobody = 1;\n',
      'cli/used.ts': 'export const used = 1;\nexport const unused = 2;\n',
    });
    expect(code).toBe(1);
    expect(output).toMatch(/cli\/nobody\.ts/);
    expect(output).toMatch(/unused\s+cli\/used\.ts/);
    expect(output).toMatch(/ws\s+package\.json/);
  });

  it('used ones are none', async () => {
    expect(await check({})).toMatchObject({ code: 0 });
  });
});
