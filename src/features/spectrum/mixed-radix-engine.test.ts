import { describe, expect, it } from 'vitest';
import { mixedRadixEngine } from './mixed-radix-engine.js';

const noise = (size: number) =>
  Float64Array.from({ length: size }, (_, i) => Math.sin(i * i * 0.37) + 0.2 * Math.cos(3 * i));

/** The definition: |sum over n of x[n] exp(-2 pi i k n / N)|^2. */
function definition(frame: Float64Array): Float64Array {
  const size = frame.length;
  return Float64Array.from({ length: size / 2 + 1 }, (_, k) => {
    let re = 0;
    let im = 0;
    frame.forEach((value, n) => {
      const angle = (2 * Math.PI * ((k * n) % size)) / size;
      re += value * Math.cos(angle);
      im -= value * Math.sin(angle);
    });
    return re * re + im * im;
  });
}

describe('mixedRadixEngine', () => {
  it.each([2, 4, 6, 8, 10, 12, 14, 26, 50, 64, 90, 98, 202, 320, 400, 480, 512, 1024])(
    'computes %i points as the definition does',
    (size) => {
      const frame = noise(size);
      const engine = mixedRadixEngine(size);
      const power = new Float64Array(engine.bins);
      engine.power(frame, power);
      const expected = definition(frame);
      const largest = Math.max(...expected);
      expect(engine.bins).toBe(size / 2 + 1);
      power.forEach((value, k) => {
        expect(Math.abs(value - (expected[k] ?? 0)) / largest).toBeLessThan(1e-12);
      });
    },
  );

  it('leaves the frame as it is, and one engine does not disturb another', () => {
    const frame = noise(400);
    const [a, b] = [mixedRadixEngine(400), mixedRadixEngine(400)];
    const first = new Float64Array(201);
    const second = new Float64Array(201);
    a.power(frame, first);
    b.power(new Float64Array(400).fill(1), second);
    a.power(frame, second);
    expect(frame).toEqual(noise(400));
    expect(second).toEqual(first);
  });

  it.each([0, 1, 401, -400, 400.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %d points',
    (size) => {
      expect(() => mixedRadixEngine(size)).toThrow(
        expect.objectContaining({ code: 'features/invalid' }),
      );
    },
  );
});
