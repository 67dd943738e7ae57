// What a developer with a bundler would write; the tests call it through `window`.
import { env } from '@huggingface/transformers';
import factory from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import * as voiceprint from 'voiceprint-web';
import { transformersEncoder } from 'voiceprint-web/transformers';

// Without these the library takes its WebAssembly from a content delivery network, and runs its
// glue from a `blob:`, which a content security policy refuses.
Object.assign(env.backends.onnx.wasm ?? {}, { wasmPaths: { mjs: factory, wasm } });
env.useWasmCache = false;

window.voiceprint = voiceprint;
window.transformersEncoder = transformersEncoder;
window.startSpeakerWorker = () =>
  new Worker(new URL('./speaker.worker.ts', import.meta.url), { type: 'module' });
window.clip = async (name) => (await fetch(`./voices/${name}.flac`)).blob();
window.ready = true;
