import { SAMPLE_RATE } from '../../audio/limits.js';
import { VoiceprintError } from '../../errors.js';
import { turn } from '../../lifetime/turn.js';
import type { Model } from '../../models/model.js';
import { CAUSAL_WINDOW_SECONDS, cutWindows, embeddingMean, WINDOW_SECONDS } from './cut-windows.js';
import type { Encoded } from './types.js';

/**
 * Embeds speech of any length: window by window, averaged over the windows.
 *
 * @param encode - Embeds one window.
 * @throws VoiceprintError `backend/failed` when an embedding has values that are not numbers, and
 *   whatever `encode` throws.
 */
export async function embedInWindows(
  speech: Float32Array,
  { embeddingSize, streaming }: Pick<Model, 'embeddingSize' | 'streaming'>,
  encode: (window: Float32Array) => Promise<Encoded>,
): Promise<Encoded> {
  const longest = streaming === true ? CAUSAL_WINDOW_SECONDS : WINDOW_SECONDS;
  const windows = cutWindows(speech.length, longest * SAMPLE_RATE);
  const mean = windows.length > 1 ? embeddingMean(embeddingSize) : undefined;
  let featuresMilliseconds = 0;
  let encoderMilliseconds = 0;
  let values = new Float32Array();
  for (const { start, end } of windows) {
    // A run may be synchronous: between two, live streams and aborts are served.
    if (start > 0) await turn();
    const encoded = await encode(speech.subarray(start, end));
    values = new Float32Array(encoded.values);
    featuresMilliseconds += encoded.featuresMilliseconds;
    encoderMilliseconds += encoded.encoderMilliseconds;
    refuseBroken(values);
    mean?.add(values, end - start);
  }
  return { values: mean?.result() ?? values, featuresMilliseconds, encoderMilliseconds };
}

/** An overflow on the way leaves no error, only a score of nothing. */
function refuseBroken(values: Float32Array): void {
  if (!values.every((value) => Number.isFinite(value))) {
    throw new VoiceprintError(
      'backend/failed',
      "the encoder returned values that are not numbers; try backend 'wasm', or another recording",
    );
  }
}
