/** Log-mel frames of one utterance, row-major: `data[frame * bands + band]`. */
export interface Features {
  /** Row-major `[frames, bands]`. */
  readonly data: Float32Array;
  /** Number of frames. */
  readonly frames: number;
  /** Values per frame (mel bands, times context and deltas where the recipe adds them). */
  readonly bands: number;
}

/**
 * Turns 16 kHz mono PCM in [-1, 1] into the features that one encoder was trained on. Instances
 * keep scratch buffers: use one per thread, and do not keep `Features.data` of a call as scratch.
 */
export interface FrontEnd {
  /** Values per frame. */
  readonly bands: number;
  /** In Hz, of the samples that it takes. */
  readonly sampleRate: number;
  /** Frames per second of audio. */
  readonly frameRate: number;
  /** Shortest input in samples; shorter input throws `audio/too-short`. */
  readonly minimumSamples: number;
  /**
   * Features of a whole utterance.
   *
   * @throws VoiceprintError `audio/too-short` for fewer samples than `minimumSamples`.
   */
  compute(samples: Float32Array): Features;
}
