import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { SAMPLE_RATE } from '../../../src/audio/limits.js';

/** A whole number from 0 to `below - 1` that the name of a file stands for, wherever it lies; another `salt` gives another. */
export function drawn(file: string, salt: number, below: number): number {
  const hash = createHash('sha256')
    .update(`${salt} ${basename(file)}`)
    .digest();
  return hash.readUInt32LE(0) % below;
}

/**
 * Speech with noise at a signal-to-noise ratio in dB. Which part of the noise depends on the name of
 * the recording; a noise that is too short goes round.
 *
 * @param speech - Samples at 16 kHz, as `noise`; the result has as many and may exceed 1.
 */
export function withNoise(
  speech: Float32Array,
  noise: Float32Array,
  decibels: number,
  file: string,
): Float32Array {
  const start = drawn(file, 2, noise.length);
  const part = speech.map((_, i) => noise[(start + i) % noise.length] ?? 0);
  const gain = Math.sqrt(power(speech) / Math.max(power(part), 1e-12)) * 10 ** (-decibels / 20);
  return speech.map((value, i) => value + gain * (part[i] ?? 0));
}

function power(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum / samples.length;
}

/** At most half a second of a room response at 16 kHz from its loudest sample, the direct sound, on; its energy is 1. */
export function roomResponse(room: Float32Array): Float32Array {
  let loudest = 0;
  for (const [i, value] of room.entries()) {
    if (Math.abs(value) > Math.abs(room[loudest] ?? 0)) loudest = i;
  }
  const kept = room.slice(loudest, loudest + SAMPLE_RATE / 2);
  const norm = Math.sqrt(power(kept) * kept.length);
  return kept.map((value) => value / norm);
}
