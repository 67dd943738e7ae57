import { meanPower, powerDb } from '../level.js';
import { SAMPLE_RATE } from '../limits.js';
import type { SpeechSegment } from '../types.js';

/** Samples per frame of pause: 20 ms. */
const FRAME = SAMPLE_RATE / 50;

/** Seconds beside speech that are left out: room echo and breath are not the noise. */
const GUARD_SECONDS = 0.1;

/** Least pause, in frames, to judge the noise by: 0.2 s. */
const FEWEST_FRAMES = 10;

/** Highest ratio reported, in dB: beyond it the pause is digital silence. */
const HIGHEST_DB = 80;

/**
 * Estimates the signal-to-noise ratio from the power in speech and in pauses.
 *
 * The noise is the median power of the 20 ms frames in the pauses (so that a click or a cough does
 * not count); the signal is the power in speech less the noise that lies under it.
 *
 * @param samples - 16 kHz mono PCM.
 * @param segments - Its speech, in order.
 * @returns dB, -20 to 80; undefined without speech or with less than 0.2 s of pause.
 */
export function estimateSnr(
  samples: Float32Array,
  segments: readonly SpeechSegment[],
): number | undefined {
  const pauses = pausePowers(samples, segments);
  if (segments.length === 0 || pauses.length < FEWEST_FRAMES) return undefined;
  const noise = median(pauses);
  const speech = speechPower(samples, segments);
  if (speech === 0) return undefined;
  if (noise === 0) return HIGHEST_DB;
  return Math.min(HIGHEST_DB, powerDb(Math.max(speech / noise - 1, 0.01)));
}

function pausePowers(samples: Float32Array, segments: readonly SpeechSegment[]): number[] {
  const powers: number[] = [];
  let position = 0;
  const ends = [...segments, { start: Number.POSITIVE_INFINITY, end: 0 }];
  for (const { start, end } of ends) {
    const stop = Math.min(samples.length, Math.floor((start - GUARD_SECONDS) * SAMPLE_RATE));
    for (; position + FRAME <= stop; position += FRAME) {
      powers.push(meanPower(samples, position, position + FRAME));
    }
    position = Math.ceil((end + GUARD_SECONDS) * SAMPLE_RATE);
  }
  return powers;
}

function speechPower(samples: Float32Array, segments: readonly SpeechSegment[]): number {
  let energy = 0;
  let count = 0;
  for (const segment of segments) {
    const start = Math.round(segment.start * SAMPLE_RATE);
    const end = Math.min(samples.length, Math.round(segment.end * SAMPLE_RATE));
    energy += meanPower(samples, start, end) * Math.max(0, end - start);
    count += Math.max(0, end - start);
  }
  return count === 0 ? 0 : energy / count;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
