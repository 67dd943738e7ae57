import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { listFiles, SERVICE_WORKER } from './demo/offline/list-files.js';

const root = fileURLToPath(new URL('.', import.meta.url));

/** What threads need: without these headers the page still works, on one thread. */
export const ISOLATION_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Public subpaths: `npm run dev` takes the sources, the demo's production build what is shipped. */
const SUBPATHS = {
  'voiceprint-web/widget': { source: 'src/widget/index.ts', built: 'dist/widget.js' },
  'voiceprint-web/features': { source: 'src/features/index.ts', built: 'dist/features.js' },
  'voiceprint-web/graphs': { source: 'src/graphs.ts', built: 'dist/graphs.js' },
  'voiceprint-web/checkpoint': { source: 'src/checkpoint/index.ts', built: 'dist/checkpoint.js' },
  'voiceprint-web/convert': { source: 'src/convert.ts', built: 'dist/convert.js' },
  'voiceprint-web/metrics': { source: 'src/metrics.ts', built: 'dist/metrics.js' },
  'voiceprint-web/report': { source: 'src/report/index.ts', built: 'dist/report.js' },
  'voiceprint-web/transformers': {
    source: 'src/transformers/index.ts',
    built: 'dist/transformers.js',
  },
  'voiceprint-web': { source: 'src/index.ts', built: 'dist/index.js' },
};

export default defineConfig(({ command }) => ({
  root: resolve(root, 'demo'),
  base: './',
  resolve: {
    alias: Object.entries(SUBPATHS).map(([subpath, { source, built }]) => ({
      find: new RegExp(`^${subpath}$`),
      replacement: resolve(root, command === 'serve' ? source : built),
    })),
  },
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
