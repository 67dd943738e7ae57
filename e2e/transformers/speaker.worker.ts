// All that a developer writes to keep the model off the page's thread.
import factory from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import { serveTransformers } from 'voiceprint-web/transformers';

serveTransformers(async () => {
  const transformers = await import('@huggingface/transformers');
  const { onnx } = transformers.env.backends;
  Object.assign(onnx.wasm ?? {}, { wasmPaths: { mjs: factory, wasm } });
  transformers.env.useWasmCache = false;
  return transformers;
});
