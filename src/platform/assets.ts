/**
 * Where the files are that go with the code: the worker, the WebAssembly, the models. This module
 * serves the sources, run by Vite's development server and by Node. `scripts/build/assets.ts` puts
 * another in its place for each kind of build, and copies every file that is named here; one that
 * does not exist fails the build.
 */

/** The worker in which the engine runs, by its path inside `dist/`. */
export const ENGINE_WORKER = 'assets/engine.worker.js';

/** Not in the form that Vite rewrites: as they are, the addresses are right in every server. */
const here = import.meta.url;

const at = (path: string) => () => new URL(`../../${path}`, here).href;
const onnxruntime = (file: string) => at(`node_modules/onnxruntime-web/dist/${file}`);

/** Every file, by its path inside `dist/`. */
export const ASSETS = {
  [ENGINE_WORKER]: at('src/engine/worker/engine.worker.ts'),
  'assets/microphone.worklet.js': at('src/audio/microphone/microphone.worklet.js'),
  'assets/speex-resampler-nonsimd.wasm': at(
    'node_modules/@echogarden/speex-resampler-wasm/wasm/speex-resampler-nonsimd.wasm',
  ),
  'assets/ort.jspi.bundle.min.mjs': onnxruntime('ort.jspi.bundle.min.mjs'),
  'assets/ort.webgpu.bundle.min.mjs': onnxruntime('ort.webgpu.bundle.min.mjs'),
  'assets/ort.wasm.bundle.min.mjs': onnxruntime('ort.wasm.bundle.min.mjs'),
  'assets/ort-wasm-simd-threaded.jspi.wasm': onnxruntime('ort-wasm-simd-threaded.jspi.wasm'),
  'assets/ort-wasm-simd-threaded.asyncify.wasm': onnxruntime(
    'ort-wasm-simd-threaded.asyncify.wasm',
  ),
  'assets/ort-wasm-simd-threaded.wasm': onnxruntime('ort-wasm-simd-threaded.wasm'),
  'models/silero-vad/silero_vad_16k.onnx': at('models/silero-vad/silero_vad_16k.onnx'),
  'models/default/manifest.json': at('models/default/manifest.json'),
  'models/default/model.onnx': at('models/default/model.onnx'),
  'models/default/cohort.f16': at('models/default/cohort.f16'),
  'models/compact/manifest.json': at('models/compact/manifest.json'),
  'models/compact/model.onnx': at('models/compact/model.onnx'),
  'models/compact/cohort.f16': at('models/compact/cohort.f16'),
  'models/streaming/manifest.json': at('models/streaming/manifest.json'),
  'models/streaming/model.onnx': at('models/streaming/model.onnx'),
  'models/streaming/cohort.f16': at('models/streaming/cohort.f16'),
} as const;

/** The name of a file of the package. */
export type AssetName = keyof typeof ASSETS;

/** The address of a file of the package. */
export function assetUrl(name: AssetName): URL {
  return new URL(ASSETS[name]());
}

/** Starts the engine's worker. */
export function startEngineWorker(): Worker {
  // In one piece, because Vite's development server looks for this form.
  return new Worker(new URL('../engine/worker/engine.worker.ts', import.meta.url), {
    type: 'module',
  });
}
