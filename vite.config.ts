import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * The window: one page with its styles, scripts and fonts as files of their own, so that the policy
 * `default-src 'self'` can stay strict. Chromium 108 is the oldest renderer that is supported.
 */
export default defineConfig({
  root: path.join(import.meta.dirname, 'renderer'),
  // The same files are served from a loopback web host and from inside the desktop package.
  base: './',
  plugins: [react()],
  build: {
    target: 'chrome108',
    outDir: '../dist/renderer',
    emptyOutDir: true,
    // A file inlined as data: would need a weaker policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
  server: { host: '127.0.0.1' },
});
