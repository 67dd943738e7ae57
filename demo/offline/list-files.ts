import type { Plugin } from 'vite';

/** Name of the service worker in the build; its place decides what it may serve. */
export const SERVICE_WORKER = 'service-worker.js';

/** Chosen by backend or kept by the library itself: not for everybody's first visit. */
const LATER = /\.(wasm|onnx)$|\bort\b/;

/** Tells the service worker which files the build is made of. */
export function listFiles(): Plugin {
  return {
    name: 'demo:list-files',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunk = bundle[SERVICE_WORKER];
      if (chunk?.type !== 'chunk') return;
      const all = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
      const first = all.filter((name) => !LATER.test(name));
      chunk.code = `const BUILT_FILES = ${JSON.stringify({ first, all })};\n${chunk.code}`;
    },
  };
}
