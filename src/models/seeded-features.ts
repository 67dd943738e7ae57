import type { Features } from '../features/index.js';

/** Seeded features span [-10, 10): the range of mean-normalised log-mel values in dB. */
export const SEEDED_FEATURES_SCALE = 10;

const KEY = 'self-check';
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;
const GOLDEN_GAMMA = 0x9e3779b97f4a7c15n;

/**
 * The input of a model's self-check: noise that every device makes bit for bit alike.
 *
 * The generator is splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", 2014) started at FNV-1a-64 of a key, as the weight recipe of the reference cases.
 *
 * @param seed - A non-negative integer.
 * @param frames - Number of frames.
 * @param bands - Values per frame.
 * @param key - Names the stream.
 * @returns `frames * bands` values, row-major, uniform in
 *   [-{@link SEEDED_FEATURES_SCALE}, {@link SEEDED_FEATURES_SCALE}).
 */
export function seededFeatures(
  seed: number,
  frames: number,
  bands: number,
  key: string = KEY,
): Float32Array {
  const values = new Float32Array(frames * bands);
  let state = fnv1a(key) ^ BigInt.asUintN(64, BigInt(seed) * GOLDEN_GAMMA);
  for (let i = 0; i < values.length; i++) {
    state = BigInt.asUintN(64, state + GOLDEN_GAMMA);
    let z = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    z ^= z >> 31n;
    const unit = Number(z >> 40n) / 2 ** 24;
    values[i] = SEEDED_FEATURES_SCALE * (2 * unit - 1);
  }
  return values;
}

/** Loud and faint parts of {@link seededSamples} take turns after so many samples. */
const TURN_SAMPLES = 800;
const TURNS = 12;

/**
 * The recording of a model's self-check: the same noise in parts from loud to faint, so that floors
 * and ranges of a front end are reached. Scaled by powers of two only, it is alike everywhere.
 *
 * @param seed - A non-negative integer.
 * @param count - Number of samples.
 * @returns samples in ±0.5.
 */
export function seededSamples(seed: number, count: number): Float32Array {
  const noise = seededFeatures(seed, count, 1, 'self-check waveform');
  return noise.map((value, i) => {
    const halvings = 1 + (Math.floor(i / TURN_SAMPLES) % TURNS);
    return Math.fround(value / SEEDED_FEATURES_SCALE) * 2 ** -halvings;
  });
}

/** Features without the frames at the end that fill no chunk of a stream's graph. */
export function wholeChunks(features: Features, stack = 1): Features {
  const { data, frames, bands } = features;
  const kept = frames - (frames % stack);
  return kept === frames ? features : { data: data.slice(0, kept * bands), frames: kept, bands };
}

function fnv1a(key: string): bigint {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(key)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  }
  return hash;
}
