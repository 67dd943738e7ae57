import type { Features } from './types.js';

/**
 * A front end cut into what one frame needs, so that a whole utterance and a stream are computed by
 * the same lines. An instance belongs to one {@link FrameCutter}: it keeps scratch buffers, and
 * what `begin` forgets.
 */
export interface Recipe {
  /** As messages call it. */
  readonly name: string;
  /** Values that `frame` writes. */
  readonly bands: number;
  readonly sampleRate: number;
  /** Samples that a frame looks at. */
  readonly span: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
  /** Samples made up before the first and after the last. */
  readonly padding: Padding;
  /** The wave is x[i] - emphasis x[i - 1]; 0 leaves the samples as they are. */
  readonly emphasis: number;
  /** Shortest utterance in samples. */
  readonly minimumSamples: number;
  /** Starts an utterance: forgets the frames before. */
  begin(): void;
  /**
   * Computes the next frame of an utterance; frames come in order.
   *
   * @param wave - Padded and pre-emphasised samples, `span` of them from `start` on.
   * @param out - `bands` values are written from `at` on.
   */
  frame(wave: Float64Array, start: number, out: Float32Array, at: number): void;
  /** What needs all frames of the utterance; undefined where nothing does. */
  readonly whole: WholeUtterance | undefined;
}

/** `'mirror'` repeats the samples backwards without the end itself, as torch's `reflect`. */
export interface Padding {
  readonly kind: 'none' | 'zeros' | 'mirror';
  readonly samples: number;
}

/** A last step that looks at the whole utterance. */
export interface WholeUtterance {
  /** Values per frame afterwards. */
  readonly bands: number;
  /** Which options ask for it, and what to give for a stream instead. */
  readonly reason: string;
  /** May change and return what it is given. */
  apply(features: Features): Features;
}

/** No padding. */
export const NO_PADDING: Padding = { kind: 'none', samples: 0 };
