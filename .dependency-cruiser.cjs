// Who may import whom. Each folder has a list of folders of ours that it may reach; what is not named is forbidden.
const MODEL = '^core/model/';
const BUILD_AN_INSPECTOR = ['^core/host/', '^core/protocols\\.ts$', '^core/port\\.ts$'];

/** A command of its own, that no inspector does. */
const MIGRATION = '^core/task-lease/migrate\\.ts$';

/** Runs inside of Electron, as the part of its runtime that loads an application. */
const STARTS_ELECTRON = '^scripts/lib/electron-start\\.cjs$';

const reaches = {
  renderer: ['^renderer/', '^contract/', MODEL],
  contract: ['^contract/', MODEL],
  service: ['^service/', '^inspector/', '^contract/', '^demo/', MODEL, ...BUILD_AN_INSPECTOR],
  electron: ['^electron/', '^service/', '^inspector/', '^contract/', '^demo/', MODEL, ...BUILD_AN_INSPECTOR],
  web: ['^web/', '^service/', '^inspector/', '^contract/', MODEL, ...BUILD_AN_INSPECTOR],
  cli: ['^cli/', '^web/', '^service/', '^inspector/', '^contract/', '^demo/', MODEL, ...BUILD_AN_INSPECTOR, MIGRATION],
  demo: ['^demo/', '^core/'],
  inspector: ['^inspector/', '^core/'],
  core: ['^core/'],
};

/** Ours: not a package, not Node's own. */
const OURS = '^(?!node_modules/|node:|\\.\\./)[^/]+/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(reaches).map(([folder, allowed]) => ({
      name: `${folder}-reaches-only-its-neighbours`,
      severity: 'error',
      comment: `${folder} may import: ${allowed.join(', ')}`,
      from: { path: `^${folder}/` },
      to: { path: OURS, pathNot: allowed, dependencyTypesNot: ['core'] },
    })),
    {
      name: 'model-imports-nothing',
      severity: 'error',
      comment: 'The model is pure: no package, no Node, nothing but itself.',
      from: { path: MODEL },
      to: { pathNot: MODEL },
    },
    {
      name: 'protocols-do-not-know-each-other',
      severity: 'error',
      comment: 'A protocol shares the model and the host with others, never code of its own.',
      from: { path: '^core/([^/]+)/', pathNot: '^core/(model|host)/' },
      to: { path: '^core/[^/]+/', pathNot: ['^core/$1/', '^core/(model|host)/'] },
    },
    {
      name: 'host-knows-no-protocol',
      severity: 'error',
      from: { path: '^core/host/' },
      to: { path: '^core/', pathNot: '^core/(model|host)/' },
    },
    {
      name: 'threads-know-only-the-port',
      severity: 'error',
      comment:
        'What finds a source, or carries it to another thread, knows no protocol and nothing of what is done with it.',
      from: { path: '^inspector/(threads|discovery)/' },
      to: {
        path: OURS,
        pathNot: ['^inspector/(threads|discovery)/', '^core/port\\.ts$', '^core/host/', MODEL],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'no-node-in-what-a-window-runs',
      severity: 'error',
      comment: 'contract and renderer run in a sandboxed window.',
      from: { path: '^(contract|renderer)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'electron-stays-in-its-folder',
      severity: 'error',
      from: { pathNot: ['^(electron|test|bench/window)/', STARTS_ELECTRON] },
      to: { path: '(^|/)node_modules/electron/|^electron$' },
    },
    {
      name: 'react-stays-in-the-renderer',
      severity: 'error',
      from: { pathNot: ['^(renderer|test)/', '^vite\\.config\\.ts$'] },
      to: { path: '(^|/)node_modules/(react|react-dom|@types/react|@types/react-dom|radix-ui|zustand)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle of types alone is gone when the program runs.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'programs-do-not-import-scripts',
      severity: 'error',
      from: { pathNot: '^(scripts|bin|test|bench)/|^[^/]+$' },
      to: { path: '^(scripts|bin)/' },
    },
    {
      name: 'scripts-run-without-packages',
      severity: 'error',
      comment: 'They install the packages, so they may load one only where it is needed, by import().',
      from: { path: '^(scripts|bin)/', pathNot: STARTS_ELECTRON },
      to: { path: '(^|/)node_modules/', dynamic: false },
    },
    {
      name: 'everything-is-found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json', '.d.ts'],
    },
  },
};
