import js from '@eslint/js';
import comments from '@eslint-community/eslint-plugin-eslint-comments/configs';
import { defineConfig, globalIgnores } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** The doors between a window and its host. Everything else speaks the contract. */
const IPC_DOORS = ['electron/ipc.ts', 'electron/preload.ts'];

const NODE_GLOBALS = [
  'Buffer',
  'clearInterval',
  'clearTimeout',
  'console',
  'module',
  'process',
  'require',
  'setInterval',
  'setTimeout',
];

const noRawIpc = {
  paths: ['ipcMain', 'ipcRenderer'].map((name) => ({
    name: 'electron',
    importNames: [name],
    message: `Messages are checked in ${IPC_DOORS.join(' and ')}; use those.`,
  })),
};

export default defineConfig(
  globalIgnores(['dist/', 'release/', 'test-results/', '.cache/', 'test/fixtures/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  comments.recommended,
  {
    rules: {
      '@eslint-community/eslint-comments/require-description': ['error', { ignore: ['eslint-enable'] }],
      '@eslint-community/eslint-comments/no-unlimited-disable': 'error',
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': ['error', { allow: ['error'] }],
      'no-restricted-imports': ['error', noRawIpc],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // A `default:` is no excuse: each member of a union is named, so that a new one breaks the build.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': 'allow-with-description', minimumDescriptionLength: 10 },
      ],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // A number in a sentence is not a mistake.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // An arrow that hands a void call on is shorter and no less clear.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  // The bench measures the way from outside, with messages of its own.
  { files: [...IPC_DOORS, 'bench/window/*.ts'], rules: { 'no-restricted-imports': 'off' } },
  // `electron.ipcMain` says the same as a named import.
  {
    files: ['electron/**/*.ts'],
    ignores: IPC_DOORS,
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[property.name=/^ipc(Main|Renderer)$/]',
          message: `Messages are checked in ${IPC_DOORS.join(' and ')}; use those.`,
        },
      ],
    },
  },
  {
    files: ['renderer/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat.recommended],
    // It speaks to those who use React's compiler; there is none here.
    rules: { 'react-hooks/incompatible-library': 'off' },
  },
  // A test that meets what it did not expect may simply fail there.
  { files: ['test/**/*.{ts,tsx}'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  // Playwright reads from an empty pattern that a fixture uses no other.
  { files: ['test/e2e/**/*.ts'], rules: { 'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }] } },
  { files: ['bench/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.recommended],
    languageOptions: { globals: Object.fromEntries(NODE_GLOBALS.map((name) => [name, 'readonly'])) },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
