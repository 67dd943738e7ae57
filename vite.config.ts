import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';
import { listFiles, SERVICE_WORKER } from './demo/offline/list-files.js';

const root = fileURLToPath(new URL('.', import.meta.url));

/** What threads need: without these headers the page still works, on one thread. */
export const ISOLATION_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig(({ command }) => ({
  root: resolve(root, 'demo'),
  base: './',
  // `npm run dev` takes the package's sources, the production build what is shipped.
  resolve: command === 'serve' ? { conditions: ['source', ...defaultClientConditions] } : {},
  plugins: [listFiles()],
  worker: { format: 'es' },
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  server: { headers: ISOLATION_HEADERS, fs: { allow: [root] } },
  preview: { headers: ISOLATION_HEADERS },
  build: {
    outDir: resolve(root, 'dist-demo'),
    emptyOutDir: true,
    target: 'es2022',
    reportCompressedSize: false,
    license: { fileName: 'THIRD-PARTY-LICENCES.md' },
    // Small files as `data:` URLs would be refused by a content security policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        index: resolve(root, 'demo/index.html'),
        'service-worker': resolve(root, 'demo/offline/service-worker.ts'),
      },
      output: {
        entryFileNames: ({ name }) =>
          name === 'service-worker' ? SERVICE_WORKER : 'assets/[name]-[hash].js',
      },
    },
  },
}));
