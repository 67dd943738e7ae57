import { checkSampleRate, clampSamples } from '../audio/decode/channels.js';
import { openResampler, type StreamResampler } from '../audio/decode/speex.js';
import { refuseNonFinite } from '../engine/hear.js';
import { createSerialQueue } from '../lifetime/serial-queue.js';
import { turn } from '../lifetime/turn.js';

/** Samples that are resampled between two turns of the page: about 20 ms of work. */
const SAMPLES_PER_TURN = 1 << 17;

/** Where a {@link StreamIntake} leaves its samples. */
export interface IntakeOutlet {
  /** @param samples - At the rate of the model, in [-1, 1]; read before the promise resolves. */
  push(samples: Float32Array): Promise<void>;
  /** The rate is another than before. */
  onRateChange(from: number, to: number): void;
}

/** Takes pushed audio of any rate and hands it on at the rate of the model. */
export class StreamIntake {
  readonly #sampleRate: number;
  readonly #outlet: IntakeOutlet;
  readonly #queue = createSerialQueue();
  #queued = 0;
  #rate: number | undefined;
  #resampler: StreamResampler | undefined;
  #closed = false;
  #clamped = new Float32Array(4096);

  constructor(sampleRate: number, outlet: IntakeOutlet) {
    this.#sampleRate = sampleRate;
    this.#outlet = outlet;
  }

  /** @throws VoiceprintError `audio/invalid` for samples that are not numbers, or an impossible rate. */
  async push(samples: Float32Array, rate: number): Promise<void> {
    checkSampleRate(rate);
    refuseNonFinite(samples);
    if (samples.length === 0) return;
    if (this.#queued === 0 && rate === this.#rate && samples.length <= SAMPLES_PER_TURN) {
      return this.#convert(samples);
    }
    this.#queued += 1;
    const { answer } = await this.#inOrder(samples.slice(), rate).finally(() => {
      this.#queued -= 1;
    });
    await answer;
  }

  /** What is still in the filter. */
  flush(): Promise<void> {
    return this.#queue.run(async () => {
      const rest = this.#resampler?.flush();
      if (rest !== undefined && rest.length > 0) void this.#outlet.push(clampSamples(rest));
      this.#resampler?.close();
      this.#resampler = undefined;
      this.#rate = undefined;
    });
  }

  close(): void {
    this.#closed = true;
    this.#resampler?.close();
    this.#resampler = undefined;
  }

  /** After what was pushed before; long audio piece by piece, as the engine takes it in. */
  #inOrder(samples: Float32Array, rate: number): Promise<{ readonly answer: Promise<void> }> {
    return this.#queue.run(async () => {
      if (!this.#closed) await this.#changeRate(rate);
      let answer: Promise<void> = Promise.resolve();
      for (let start = 0; start < samples.length; start += SAMPLES_PER_TURN) {
        if (start > 0) {
          await answer;
          await turn();
        }
        answer = this.#convert(samples.subarray(start, start + SAMPLES_PER_TURN));
      }
      return { answer };
    });
  }

  async #changeRate(rate: number): Promise<void> {
    if (rate === this.#rate) return;
    const before = this.#rate;
    const rest = this.#resampler?.flush();
    if (rest !== undefined && rest.length > 0) void this.#outlet.push(clampSamples(rest));
    this.#resampler?.close();
    this.#resampler = undefined;
    if (rate !== this.#sampleRate) {
      this.#resampler = await openResampler(rate, this.#sampleRate);
      if (this.#closed) this.close();
    }
    this.#rate = rate;
    if (before !== undefined) this.#outlet.onRateChange(before, rate);
  }

  #convert(samples: Float32Array): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#resampler !== undefined) {
      return this.#outlet.push(clampSamples(this.#resampler.push(samples)));
    }
    if (this.#clamped.length < samples.length) this.#clamped = new Float32Array(samples.length);
    this.#clamped.set(samples);
    return this.#outlet.push(clampSamples(this.#clamped.subarray(0, samples.length)));
  }
}
