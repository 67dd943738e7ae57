import { expect, test } from 'vitest';
import { noise, rms, same, tone } from '../fixtures/signals.js';
import { checkSampleRate, checkSamples, clampSamples, mixToMono } from './channels.js';

const voice = tone(300, 16_000);

test('channels are mixed by their mean', () => {
  expect(same(mixToMono([voice, voice]), voice)).toBe(true);
  expect(mixToMono([Float32Array.of(0.5, -0.5), Float32Array.of(0, 0.25)])).toEqual(
    Float32Array.of(0.25, -0.125),
  );
});

test('one live channel beside a silent one is no cancellation', () => {
  expect(rms(mixToMono([voice, new Float32Array(voice.length)]))).toBeCloseTo(rms(voice) / 2, 6);
});

test('a dead channel at an offset is no louder channel', () => {
  const softer = voice.map((sample) => -0.9 * sample);
  const dead = new Float32Array(voice.length).fill(0.9);
  expect(same(mixToMono([softer, voice, dead]), voice)).toBe(true);
});

test('unrelated channels are no cancellation', () => {
  const other = noise(voice.length, rms(voice), 3);
  expect(mixToMono([voice, other])[100]).toBeCloseTo(
    ((voice[100] ?? 0) + (other[100] ?? 0)) / 2,
    6,
  );
});

test('of channels in anti-phase the louder one is taken', () => {
  const softer = voice.map((sample) => -0.9 * sample);
  expect(same(mixToMono([softer, voice]), voice)).toBe(true);
});

test('no channels and unequal channels are refused', () => {
  expect(() => mixToMono([])).toThrow(/0 channels/);
  expect(() => mixToMono([new Float32Array(3), new Float32Array(4)])).toThrow(/3 and 4 samples/);
});

test.each([
  [new Float32Array(0), /0 samples/],
  [Float32Array.of(0, Number.NaN), /sample 1 is NaN/],
  [Float32Array.of(Number.NEGATIVE_INFINITY), /sample 0 is -Infinity/],
  [Float32Array.of(0, 0, 12_000), /sample 2 is 12000.*32768/],
])('bad samples are named', (samples, message) => {
  expect(() => checkSamples(samples)).toThrow(message);
});

test.each([0, 3_999, 192_001, Number.NaN, -16_000, Number.POSITIVE_INFINITY])(
  'a rate of %d Hz is refused',
  (rate) => expect(() => checkSampleRate(rate)).toThrow(/sample rate/),
);

test('overshoot is limited', () => {
  expect(clampSamples(Float32Array.of(1.2, -3, 0.5))).toEqual(Float32Array.of(1, -1, 0.5));
});
