import { expect, test } from 'vitest';
import { mix, noise, rms, same, tone } from './fixtures/signals.js';
import { baselineOf, centred } from './offset.js';

const RATE = 16_000;
const voice = mix(tone(150, RATE, 3, 0.2), noise(3 * RATE, 0.02));
const difference = (a: Float32Array, b: Float32Array) => rms(a.map((v, i) => v - (b[i] ?? 0)));

test('audio around zero stays as it is', () => {
  expect(centred(voice)).toBe(voice);
  expect(centred(new Float32Array(0)).length).toBe(0);
});

test.each([0.02, -0.12, 0.5])('an offset of %d is measured and taken off', (offset) => {
  const shifted = voice.map((sample) => sample + offset);
  expect(baselineOf(shifted)).toMatchObject({ blocks: undefined });
  expect(baselineOf(shifted).offset).toBeCloseTo(offset, 3);
  expect(difference(centred(shifted), voice)).toBeLessThan(1e-3);
});

test('the samples that were given are not written to', () => {
  const shifted = voice.map((sample) => sample + 0.1);
  const before = shifted.slice();
  centred(shifted);
  expect(same(shifted, before)).toBe(true);
});

test.each<[string, (seconds: number) => number]>([
  ['a line', (seconds) => 0.1 * seconds],
  ['a wave of seven seconds', (seconds) => 0.2 * Math.sin((2 * Math.PI * seconds) / 7)],
])('an offset that drifts along %s is taken off', (_name, at) => {
  const drifting = voice.map((sample, i) => sample + at(i / RATE));
  expect(baselineOf(drifting).blocks).toBeDefined();
  const inner = centred(drifting).subarray(RATE / 2, 2.5 * RATE);
  expect(difference(inner, voice.subarray(RATE / 2, 2.5 * RATE))).toBeLessThan(5e-3);
});

test('a click at the very end is no baseline', () => {
  const clicked = new Float32Array(RATE + 10);
  clicked.set(voice.subarray(0, RATE));
  clicked.fill(0.9, RATE);
  expect(baselineOf(clicked).blocks).toBeUndefined();
});
