import { VoiceprintError } from '../../errors.js';
import { meanPower } from '../level.js';
import { SAMPLE_RATE_RANGE } from '../limits.js';

/** Decoded audio before it is mixed and resampled: one array per channel, all of one length. */
export interface DecodedAudio {
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
}

/**
 * Share of the louder channel's power below which a mix counts as cancelled. Uncorrelated
 * channels keep 0.5 or more of the mean power, identical ones all of it.
 */
const CANCELLED_BELOW = 0.05;

/** Largest absolute sample that still passes for overshoot of a codec or a float recording. */
const LARGEST_SAMPLE = 8;

/**
 * Mixes channels to one by their mean. Where the mean nearly cancels (a channel wired in
 * anti-phase, a common fault of cables and of "karaoke" processing), the louder channel is taken
 * alone, since the mean would hold only what differs between the two.
 *
 * @returns the channel itself when there is only one: do not write to it.
 * @throws VoiceprintError `audio/invalid` without channels or with channels of unequal length.
 */
export function mixToMono(channels: readonly Float32Array[]): Float32Array {
  const [first] = channels;
  if (first === undefined) {
    throw new VoiceprintError('audio/invalid', 'the audio has 0 channels; give one or more');
  }
  if (channels.length === 1) return first;
  for (const channel of channels) {
    if (channel.length !== first.length) {
      throw new VoiceprintError(
        'audio/invalid',
        `the channels differ in length (${first.length} and ${channel.length} samples)`,
      );
    }
  }
  const mean = new Float32Array(first.length);
  for (const channel of channels) {
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] ?? 0) + (channel[i] ?? 0);
  }
  for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] ?? 0) / channels.length;

  const powers = channels.map(swing);
  const loudest = powers.reduce((best, power, i) => (power > (powers[best] ?? 0) ? i : best), 0);
  // Beside silent channels the mean of one live channel keeps only 1/n^2 of its power.
  const cancelled = swing(mean) * channels.length ** 2 < CANCELLED_BELOW * sum(powers);
  return cancelled ? (channels[loudest] ?? mean) : mean;
}

/** @throws VoiceprintError `audio/invalid` for a rate outside 4 to 192 kHz. */
export function checkSampleRate(sampleRate: number): void {
  const { minimum, maximum } = SAMPLE_RATE_RANGE;
  if (sampleRate >= minimum && sampleRate <= maximum) return;
  throw new VoiceprintError(
    'audio/invalid',
    `a sample rate of ${sampleRate} Hz is outside ${minimum} to ${maximum} Hz; give the rate the audio was recorded at`,
  );
}

/**
 * Refuses samples that no later stage could make sense of.
 *
 * @throws VoiceprintError `audio/invalid` for no samples, NaN or infinite samples, and integers
 * that were not scaled.
 */
export function checkSamples(samples: Float32Array): void {
  if (samples.length === 0) {
    throw new VoiceprintError('audio/invalid', 'the audio has 0 samples; record or choose another');
  }
  const bad = firstBad(samples);
  if (bad === -1) return;
  const value = samples[bad] ?? Number.NaN;
  throw new VoiceprintError(
    'audio/invalid',
    Number.isFinite(value)
      ? `sample ${bad} is ${value}, far outside -1 to 1; divide 16-bit integers by 32768`
      : `sample ${bad} is ${value}; samples must be finite numbers from -1 to 1`,
  );
}

/** A loop, because `findIndex` takes six times as long: 0.2 s of the page for five minutes. */
function firstBad(samples: Float32Array): number {
  for (let i = 0; i < samples.length; i++) {
    // Written so that NaN is bad.
    if (!(Math.abs(samples[i] ?? 0) <= LARGEST_SAMPLE)) return i;
  }
  return -1;
}

/** @throws VoiceprintError `audio/too-long` above the limit. */
export function checkDuration(seconds: number, maximumSeconds: number): void {
  if (seconds > maximumSeconds) {
    throw new VoiceprintError(
      'audio/too-long',
      `the audio lasts ${seconds.toFixed(0)} s, above the limit of ${maximumSeconds} s; cut it to what the check needs`,
    );
  }
}

/** Limits samples to [-1, 1] in place, as overshoot of codecs and resamplers leaves it. */
export function clampSamples(samples: Float32Array): Float32Array {
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] ?? 0;
    if (sample > 1) samples[i] = 1;
    else if (sample < -1) samples[i] = -1;
  }
  return samples;
}

/** Power around the mean: a channel that holds nothing but an offset holds no sound. */
function swing(samples: Float32Array): number {
  const mean = samples.reduce((total, sample) => total + sample, 0) / Math.max(1, samples.length);
  return meanPower(samples) - mean * mean;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
