import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { firstLoadWithin } from './build/firstLoad.ts';

export default defineConfig({
  // Files are named relative to each other: the server puts the path before them below which the page is reached.
  base: './',
  plugins: [react(), firstLoadWithin(220_000)],
  build: {
    target: 'es2022',
    // What `light-dark()` needs: since then it is in every browser.
    cssTarget: ['chrome123', 'safari17.5', 'firefox128'],
    // Inlined assets would need data: in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
  server: {
    proxy: {
      '/session': { target: 'http://127.0.0.1:4000' },
      '/graphql': { target: 'http://127.0.0.1:4000', ws: true },
    },
  },
});
