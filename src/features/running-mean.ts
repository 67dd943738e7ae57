import { VoiceprintError } from '../errors.js';

/** Where a running mean starts from. */
export interface RunningMeanOptions {
  /** What each band is taken to have been before the first frame: the mean of training speech. */
  readonly prior: readonly number[];
  /** As how many frames `prior` counts; more than 0. */
  readonly frames: number;
}

/**
 * Takes off every frame the mean of all frames up to and with it, with `frames` frames of `prior`
 * before the first: y_t = x_t - (x_1 + ... + x_t + frames * prior) / (t + frames).
 */
export class RunningMean {
  readonly #start: Float64Array;
  readonly #startFrames: number;
  readonly #sums: Float64Array;
  #frames: number;

  constructor({ prior, frames }: RunningMeanOptions) {
    this.#start = Float64Array.from(prior, (value) => value * frames);
    this.#startFrames = frames;
    this.#sums = this.#start.slice();
    this.#frames = frames;
  }

  /** Forgets the frames heard. */
  reset(): void {
    this.#sums.set(this.#start);
    this.#frames = this.#startFrames;
  }

  /** Changes the frame at `at` in place. */
  subtract(data: Float32Array, at: number): void {
    const sums = this.#sums;
    this.#frames++;
    for (let band = 0; band < sums.length; band++) {
      const value = data[at + band] ?? 0;
      const sum = (sums[band] ?? 0) + value;
      sums[band] = sum;
      data[at + band] = value - sum / this.#frames;
    }
  }
}

/**
 * Takes a running mean's start from a manifest.
 *
 * @throws VoiceprintError `features/invalid` naming what is wrong with it.
 */
export function checkRunningMean(
  recipe: string,
  given: RunningMeanOptions | null,
  bands: number,
): RunningMeanOptions {
  const refuse = (found: string): never => {
    throw new VoiceprintError(
      'features/invalid',
      `${recipe}: ${found}; give running_mean: { prior: ${bands} numbers, frames: a number above 0 }`,
    );
  };
  if (given === null || typeof given !== 'object') {
    return refuse('normalize "running-mean" needs the mean to start from');
  }
  const { prior, frames } = given;
  if (!Array.isArray(prior) || prior.length !== bands) {
    return refuse(
      Array.isArray(prior)
        ? `running_mean.prior has ${prior.length} values`
        : 'running_mean.prior is no list',
    );
  }
  const odd = prior.findIndex((value) => typeof value !== 'number' || !Number.isFinite(value));
  if (odd >= 0) return refuse(`running_mean.prior[${odd}] is ${String(prior[odd])}`);
  if (typeof frames !== 'number' || !(frames > 0 && frames <= 1e6)) {
    return refuse(`running_mean.frames is ${String(frames)}`);
  }
  return { prior, frames };
}
