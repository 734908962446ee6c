import { builtinModules } from 'node:module';
import path from 'node:path';
import { ROOT } from './layout.mjs';
import { readingRules } from './reading-rules.mjs';

/**
 * Vite's configuration for one program that runs on Node: the desktop's main process, its preload, the command line,
 * the demo's agents, a thread that touches sources or a process that reads databases. Each becomes one CommonJS file with everything inlined but `electron`,
 * `koffi` and `@photostructure/sqlite`, whose code is not JavaScript: a package of ours brings those along. Electron 22 brings Node 16.17, the oldest that is supported.
 *
 * @param {{ source: string, output: string }} bundle the entry below the checkout and the file below `outDir`
 * @param {string} outDir absolute
 * @returns {import('vite').InlineConfig}
 */
export function nodeBundle({ source, output }, outDir) {
  return {
    configFile: false,
    root: ROOT,
    publicDir: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"', __READING_RULES__: JSON.stringify(readingRules()) },
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: path.join(ROOT, source),
      target: 'node16',
      outDir: path.join(outDir, path.dirname(output)),
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      reportCompressedSize: false,
      rolldownOptions: {
        external: ['electron', 'koffi', '@photostructure/sqlite', /^node:/, ...builtinModules],
        output: { format: 'cjs', entryFileNames: path.basename(output), codeSplitting: false },
      },
    },
  };
}
