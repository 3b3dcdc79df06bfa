import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // Relative, so that the server can put the console below any path; it writes that path into <base>.
  base: './',
  plugins: [react()],
  resolve: { alias: { '@': here('./src') } },
  worker: { format: 'es' },
  build: {
    outDir: here('../spl-server/src/daemon_server/console/dist'),
    emptyOutDir: true,
    sourcemap: false,
    chunkSizeWarningLimit: 400,
    // A data: address in a style would need a wider content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '/api': { target: process.env.SPL_CONSOLE_SERVER ?? 'http://127.0.0.1:9876', changeOrigin: false } },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
});
