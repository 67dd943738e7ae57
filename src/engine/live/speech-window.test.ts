import { expect, it } from 'vitest';
import { SpeechWindow } from './speech-window.js';

it('keeps the last samples, however they came', () => {
  const window = new SpeechWindow(10);
  const all: number[] = [];
  for (const portion of [3, 4, 9, 1, 30, 5, 2]) {
    const samples = Float32Array.from({ length: portion }, (_, i) => all.length + i);
    all.push(...samples);
    window.push(samples);
    expect([...window.read()]).toEqual(all.slice(-10));
  }
  window.keepLast(4);
  expect([...window.read()]).toEqual(all.slice(-4));
  window.push(Float32Array.of(7));
  expect([...window.read()]).toEqual([...all.slice(-4), 7]);
  window.keepLast(0);
  expect(window.length).toBe(0);
});
