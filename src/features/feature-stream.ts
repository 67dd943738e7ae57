import { VoiceprintError } from '../errors.js';
import { type FrontEndSpec, recipeOf } from './create-front-end.js';
import { checkSamples } from './samples.js';
import { FrameCutter } from './spectrum/frame-cutter.js';
import { mixedRadixEngine } from './spectrum/mixed-radix-engine.js';
import type { SpectrumEngineFactory } from './spectrum/spectrum-engine.js';
import type { Features } from './types.js';

/**
 * A front end for audio that comes in pieces. All frames of a stream, laid end to end, are those of
 * `createFrontEnd(spec).compute` on all samples, bit for bit, however the samples were cut.
 */
export interface FeatureStream {
  /** Values per frame. */
  readonly bands: number;
  /** In Hz, of the samples that are pushed. */
  readonly sampleRate: number;
  /** Frames per second of audio. */
  readonly frameRate: number;
  /**
   * Takes the next samples: mono PCM in [-1, 1], any number of them. Nothing is allocated unless
   * the piece is longer than any before.
   *
   * @returns the frames that became complete, often none. They are overwritten by the next call of
   *   `push` or `flush`: copy what is to be kept.
   * @throws VoiceprintError `audio/invalid` for anything but finite float32 samples, and after
   *   `flush`. The stream is then as it was before.
   */
  push(samples: Float32Array): Features;
  /**
   * Ends the utterance.
   *
   * @returns the frames that reach beyond the last sample, in which the recipe mirrors it or pads it
   *   with zeros; none where it does neither, where less was pushed than the recipe's
   *   `minimumSamples`, or when called again.
   */
  flush(): Features;
  /** Starts a new utterance. */
  reset(): void;
}

/**
 * Opens a stream of features.
 *
 * @param engines - Makes the engine of power spectra.
 * @throws VoiceprintError `features/invalid` for what `createFrontEnd` refuses, and for options that
 *   need the whole utterance; the message names them.
 */
export function openFeatureStream(
  spec: FrontEndSpec,
  engines: SpectrumEngineFactory = mixedRadixEngine,
): FeatureStream {
  const recipe = recipeOf(spec, engines);
  if (recipe.whole !== undefined) {
    throw new VoiceprintError(
      'features/invalid',
      `${recipe.name} cannot stream with these options: ${recipe.whole.reason}`,
    );
  }
  const { bands, sampleRate, hop, name } = recipe;
  const cutter = new FrameCutter(recipe);
  const room = new FrameRoom(bands);
  let flushed = false;
  return {
    bands,
    sampleRate,
    frameRate: sampleRate / hop,
    push(samples) {
      checkSamples(samples, 0, name);
      if (flushed) {
        throw new VoiceprintError(
          'audio/invalid',
          'the stream of features was flushed; call reset before the next utterance',
        );
      }
      const features = room.take(cutter.framesOfPush(samples.length));
      cutter.push(samples, features.data, 0);
      return features;
    },
    flush() {
      const features = room.take(flushed ? 0 : cutter.framesOfFlush());
      if (!flushed) cutter.flush(features.data, 0);
      flushed = true;
      return features;
    },
    reset() {
      cutter.reset();
      flushed = false;
    },
  };
}

/** Most views that are kept: pieces of a steady stream give two or three numbers of frames. */
const MOST_VIEWS = 64;

/** One buffer that grows to the largest number of frames, and its views, so that none is made twice. */
class FrameRoom {
  readonly #bands: number;
  #data = new Float32Array(0);
  readonly #views = new Map<number, Features>();

  constructor(bands: number) {
    this.#bands = bands;
  }

  take(frames: number): Features {
    const known = this.#views.get(frames);
    if (known !== undefined) return known;
    const values = frames * this.#bands;
    if (values > this.#data.length) {
      this.#data = new Float32Array(values);
      this.#views.clear();
    }
    if (this.#views.size === MOST_VIEWS) this.#views.clear();
    const view = { data: this.#data.subarray(0, values), frames, bands: this.#bands };
    this.#views.set(frames, view);
    return view;
  }
}
