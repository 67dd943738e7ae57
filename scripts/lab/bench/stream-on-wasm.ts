import { type GraphEncoder, openEncoder } from '../../../src/engine/encoder/open-encoder.js';
import type { Encoder } from '../../../src/engine/encoder/types.js';
import { asyncDispose } from '../../../src/lifetime/async-dispose.js';
import { openModel } from '../../../src/models/download.js';
import type { Figures } from './figures.js';
import { streamCosts } from './stream-costs.js';

const ROUNDS = 25;
const MINUTES = 60;

/**
 * What a live stream costs on WebAssembly with one thread.
 *
 * @param model - A model that can stream.
 * @param beside - What a sliding window runs.
 * @throws VoiceprintError `model/unsupported` when `model` cannot stream; as `openModel`.
 */
export async function benchStream(
  model: string,
  beside: Encoder,
  onProgress: (done: number) => void,
): Promise<Figures> {
  const encoder = await openBenchEncoder(model);
  try {
    return await streamCosts({
      open: (chunkFrames) => encoder.openStream({ chunkFrames }),
      embedWindow: (window) => beside.encode(window),
      minutes: MINUTES,
      rounds: ROUNDS,
      onProgress,
    });
  } finally {
    await encoder[asyncDispose]();
  }
}

/** The encoder of a model folder on one WebAssembly thread. */
export async function openBenchEncoder(model: string): Promise<GraphEncoder> {
  const { manifest, files } = await openModel(model, {});
  return openEncoder(files.model, manifest, { backend: 'wasm', threads: 1 });
}
