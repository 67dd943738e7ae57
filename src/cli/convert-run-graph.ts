import { VoiceprintError } from '../errors.js';
import type { RunGraph } from '../models/convert.js';
import { openRuntime } from '../runtime/index.js';

/** Runs a graph once on WebAssembly and gives everything back. */
export const runGraphOnce: RunGraph = async (model, { name, data, shape }, output) => {
  const runtime = await openRuntime({ backend: 'wasm', threads: 1 });
  try {
    const session = await runtime.openSession(model);
    const results = await session.run({ [name]: { type: 'float32', dims: shape, data } });
    const values = results[output]?.data;
    if (values instanceof Float32Array) return values.slice();
    throw new VoiceprintError('graph/invalid', `the graph has no float32 output "${output}"`);
  } finally {
    await runtime.dispose();
  }
};
