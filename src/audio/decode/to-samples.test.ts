import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rms, same, tone, wavFile } from '../fixtures/signals.js';
import type { AudioInput } from '../types.js';
import { decodeInNode } from './decode-node.js';
import { toSamples } from './to-samples.js';

const flac = new Uint8Array(readFileSync(new URL('../fixtures/utterance.flac', import.meta.url)));
const voice = tone(300, 16_000, 0.5);

test('every kind of input gives the same samples', async () => {
  const expected = await toSamples(flac);
  expect(rms(expected)).toBeGreaterThan(0.01);
  const base64 = Buffer.from(flac).toString('base64');
  const inputs: AudioInput[] = [
    new Blob([flac]),
    new File([flac], 'utterance.flac'),
    flac.slice().buffer,
    `data:audio/flac;base64,${base64}`,
    new URL(`data:audio/flac;base64,${base64}`),
    { samples: expected, sampleRate: 16_000 },
  ];
  for (const input of inputs) expect(same(await toSamples(input), expected)).toBe(true);
  expect(same(await decodeInNode(flac), expected)).toBe(true);
});

test.each([
  [{ bits: 8 }, 0.01],
  [{ bits: 16 }, 1e-4],
  [{ bits: 24 }, 1e-6],
  [{ bits: 32 }, 1e-6],
  [{ bits: 32, float: true }, 1e-6],
])('WAV of %o decodes', async (format, tolerance) => {
  const samples = await toSamples(wavFile([voice], 16_000, format));
  expect(samples.length).toBe(voice.length);
  expect(rms(samples.map((sample, i) => sample - (voice[i] ?? 0)))).toBeLessThan(tolerance);
});

test('48 kHz stereo becomes 16 kHz mono', async () => {
  const channel = tone(300, 48_000, 0.5);
  const samples = await toSamples(wavFile([channel, channel], 48_000));
  expect(samples.length).toBe(8_000);
  expect(rms(samples.subarray(500, 7_500))).toBeCloseTo(rms(voice), 3);
});

/** Node has no AudioBuffer: what is used of one. */
function bufferOf(samples: Float32Array): AudioInput {
  const buffer = { numberOfChannels: 1, sampleRate: 16_000, getChannelData: () => samples };
  return buffer as Partial<AudioBuffer> as AudioBuffer;
}

test('an AudioBuffer is taken by its shape', async () => {
  expect(same(await toSamples(bufferOf(voice)), voice)).toBe(true);
});

test('samples come back in a copy, limited to [-1, 1]', async () => {
  const samples = Float32Array.of(1.5, -1.25, 0.5);
  expect(await toSamples({ samples, sampleRate: 16_000 })).toEqual(Float32Array.of(1, -1, 0.5));
  expect(samples[0]).toBe(1.5);
});

const silence = (seconds: number, sampleRate: number) => ({
  samples: new Float32Array(seconds * sampleRate),
  sampleRate,
});

test.each<[string, unknown, string]>([
  ['no bytes', new Uint8Array(0), 'audio/undecodable'],
  ['an empty Blob', new Blob([]), 'audio/undecodable'],
  ['text', new TextEncoder().encode('this is not audio'), 'audio/undecodable'],
  ['zeros', new Uint8Array(4_000), 'audio/undecodable'],
  ['a header alone', wavFile([voice], 16_000).subarray(0, 44), 'audio/undecodable'],
  ['a file without channels', wavFile([], 16_000), 'audio/undecodable'],
  [
    'a broken FLAC',
    new Uint8Array(5_000).fill(77).map((v, i) => flac[i % 90] ?? v),
    'audio/undecodable',
  ],
  ['a rate of zero', wavFile([voice], 0), 'audio/invalid'],
  ['no samples', silence(0, 16_000), 'audio/invalid'],
  ['a rate of 1 MHz', silence(1, 1_000_000), 'audio/invalid'],
  ['NaN', { samples: Float32Array.of(Number.NaN), sampleRate: 16_000 }, 'audio/invalid'],
  ['null', null, 'audio/invalid'],
  ['a number', 5, 'audio/invalid'],
  ['an object', {}, 'audio/invalid'],
  ['an array', [0, 1], 'audio/invalid'],
  ['an address that is none', 'no-such-scheme://x', 'audio/undecodable'],
  ['11 minutes', silence(660, 4_000), 'audio/too-long'],
])('%s is refused', async (_name, input, code) => {
  await expect(toSamples(input as AudioInput)).rejects.toMatchObject({ code });
});

test('long audio works when it is asked for', async () => {
  const long = silence(660, 16_000);
  await expect(toSamples(long)).rejects.toThrow(/660 s, above the limit of 600 s/);
  expect((await toSamples(long, { maximumSeconds: 700 })).length).toBe(660 * 16_000);
});

test('a file above the size limit is refused before it is decoded', async () => {
  await expect(toSamples(flac, { maximumBytes: 100 })).rejects.toMatchObject({
    code: 'audio/too-long',
  });
});

test('a signal that has aborted stops it', async () => {
  await expect(toSamples(flac, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  });
});

test('a truncated file gives what is left of it', async () => {
  const samples = await toSamples(wavFile([voice], 16_000).subarray(0, 4_044));
  expect(samples.length).toBe(2_000);
});
