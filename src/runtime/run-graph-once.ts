import { VoiceprintError } from '../errors.js';
import { openRuntime } from './runtime.js';

/**
 * Runs a graph once on WebAssembly, on one thread, and gives everything back.
 *
 * @returns the values of a float32 output.
 * @throws VoiceprintError `graph/invalid` when there is no such output, and as `openRuntime`.
 */
export async function runGraphOnce(
  model: Uint8Array,
  input: { readonly name: string; readonly data: Float32Array; readonly shape: readonly number[] },
  output: string,
): Promise<Float32Array> {
  const { name, data, shape } = input;
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
}
