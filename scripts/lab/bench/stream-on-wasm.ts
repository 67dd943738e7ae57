import { type Encoder, openEncoder } from '../../../src/engine/encoder/open-encoder.js';
import type { Engine } from '../../../src/engine/types.js';
import { createFrontEnd } from '../../../src/features/index.js';
import { openModel } from '../../../src/models/download.js';
import type { Figures } from './figures.js';
import { streamCosts } from './stream-costs.js';

const ROUNDS = 25;
const MINUTES = 60;

/**
 * What a live stream costs on WebAssembly with one thread.
 *
 * @param model - A model that can stream.
 * @param engine - With the model that a sliding window runs.
 * @throws VoiceprintError `model/unsupported` when `model` cannot stream; as `openModel`.
 */
export async function benchStream(
  model: string,
  engine: Engine,
  onProgress: (done: number) => void,
): Promise<Figures> {
  const encoder = await openStreamingModel(model);
  try {
    return await streamCosts({
      open: (chunkFrames) => encoder.stream({ chunkFrames }),
      embedWindow: (window) => engine.embed(window),
      minutes: MINUTES,
      rounds: ROUNDS,
      onProgress,
    });
  } finally {
    await encoder.dispose();
  }
}

async function openStreamingModel(model: string): Promise<Encoder> {
  const { manifest, files } = await openModel(model, {});
  const { bands } = createFrontEnd(manifest.frontEnd);
  return openEncoder(files.model, manifest, bands, { backend: 'wasm', threads: 1 });
}
