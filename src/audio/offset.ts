import { meanPower } from './level.js';
import { SAMPLE_RATE } from './limits.js';

/** Samples over which a baseline is measured: 0.25 s, above the period of any voice. */
const BLOCK = SAMPLE_RATE / 4;

/** Fewest samples in the last block, so that half a period of a voice is no baseline. */
const SHORTEST_BLOCK = BLOCK / 2;

/** A baseline nearer to zero than this (-60 dB) harms nothing: such audio stays as it is. */
const LEAST_OFFSET = 0.001;

/** Blocks that differ by more than this drift; the breath of speech moves them by less. */
const LEAST_DRIFT = 0.02;

/** Blocks of noise differ too, by less than this share of its level. */
const LEAST_DRIFT_OF_LEVEL = 0.1;

/** Where the line lies around which audio swings: 0, unless the microphone or its amplifier is off. */
export interface Baseline {
  /** Mean of all samples, -1 to 1. */
  readonly offset: number;
  /** Largest distance of the baseline from 0 within the clip, 0 to 1: `|offset|`, unless it drifts. */
  readonly farthest: number;
  /** Means of the blocks of 0.25 s where they drift; undefined where one offset serves all. */
  readonly blocks: readonly number[] | undefined;
}

/**
 * Measures the constant or slowly drifting offset of a clip.
 *
 * @param samples - 16 kHz mono PCM.
 */
export function baselineOf(samples: Float32Array): Baseline {
  const sums: number[] = [];
  const means: number[] = [];
  for (let start = 0; start < samples.length; start += BLOCK) {
    const end = Math.min(samples.length, start + BLOCK);
    let sum = 0;
    for (let i = start; i < end; i++) sum += samples[i] ?? 0;
    sums.push(sum);
    if (end - start >= SHORTEST_BLOCK) means.push(sum / (end - start));
    else means.push(means.at(-1) ?? sum / (end - start));
  }
  const total = sums.reduce((all, sum) => all + sum, 0);
  const offset = samples.length === 0 ? 0 : total / samples.length;
  const spread = means.length < 2 ? 0 : Math.max(...means) - Math.min(...means);
  const least = Math.max(LEAST_DRIFT, LEAST_DRIFT_OF_LEVEL * Math.sqrt(meanPower(samples)));
  if (spread < least) return { offset, farthest: Math.abs(offset), blocks: undefined };
  return { offset, farthest: Math.max(...means.map(Math.abs)), blocks: means };
}

/**
 * The samples with their baseline at zero: an offset is no sound, but levels, noise, the speech
 * detector and the lowest bands of features take it for one.
 *
 * @param samples - 16 kHz mono PCM.
 * @returns a copy, or `samples` themselves where there is nothing to take off.
 */
export function centred(samples: Float32Array, baseline = baselineOf(samples)): Float32Array {
  const { offset, farthest, blocks } = baseline;
  if (farthest < LEAST_OFFSET) return samples;
  if (blocks === undefined) return samples.map((sample) => sample - offset);
  return samples.map((sample, i) => sample - between(blocks, i / BLOCK - 0.5));
}

/** The baseline at a position in blocks, on straight lines between their middles. */
function between(blocks: readonly number[], position: number): number {
  const place = Math.min(Math.max(position, 0), blocks.length - 1);
  const index = Math.floor(place);
  const here = blocks[index] ?? 0;
  return here + ((blocks[index + 1] ?? here) - here) * (place - index);
}
