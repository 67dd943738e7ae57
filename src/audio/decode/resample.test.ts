import { expect, test } from 'vitest';
import { noise, rms, tone } from '../fixtures/signals.js';
import { resample } from './resample.js';
import { openResampler } from './speex.js';

/** Gain in dB of a tone in the middle of the output, away from its beginning and end. */
async function gainDb(frequency: number, from: number, to = 16_000): Promise<number> {
  const output = await resample(tone(frequency, from), from, to);
  const middle = output.subarray(output.length * 0.2, output.length * 0.8);
  return 20 * Math.log10(rms(middle) / (0.5 / Math.SQRT2));
}

test.each([48_000, 44_100, 22_050, 96_000])('from %d Hz nothing folds back', async (from) => {
  for (const frequency of [8_300, 9_000, 10_500].filter((f) => f < from / 2)) {
    expect(await gainDb(frequency, from)).toBeLessThan(-90);
  }
});

test.each([48_000, 44_100, 8_000])('from %d Hz the voice passes unchanged', async (from) => {
  for (const frequency of [100, 1_000, 3_400, 7_000].filter((f) => f < from * 0.45)) {
    expect(Math.abs(await gainDb(frequency, from))).toBeLessThan(0.1);
  }
});

test('the output is in time with the input', async () => {
  const output = await resample(tone(440, 48_000), 48_000, 16_000);
  const expected = tone(440, 16_000);
  expect(output.length).toBe(16_000);
  const error = output.map((sample, i) => sample - (expected[i] ?? 0)).subarray(200, 15_800);
  expect(rms(error)).toBeLessThan(1e-4);
});

test.each([1, 2, 7, 441])('%d samples give a rounded number of samples', async (length) => {
  const output = await resample(new Float32Array(length), 44_100, 16_000);
  expect(output.length).toBe(Math.round((length * 16_000) / 44_100));
});

test('the same rate gives the same array', async () => {
  const samples = tone(440, 16_000);
  expect(await resample(samples, 16_000, 16_000)).toBe(samples);
});

test('a stream gives what the whole gives, and streams do not disturb each other', async () => {
  const samples = noise(20_000, 0.1);
  const whole = await resample(samples, 48_000, 16_000);
  const streams = [await openResampler(48_000, 16_000), await openResampler(48_000, 16_000)];
  const outputs: number[][] = streams.map(() => []);
  for (let start = 0; start < samples.length; start += 1_536) {
    streams.forEach((stream, i) => {
      outputs[i]?.push(...stream.push(samples.subarray(start, start + 1_536)));
    });
  }
  streams.forEach((stream, i) => {
    outputs[i]?.push(...stream.flush());
  });
  for (const output of outputs) {
    expect(output.slice(0, whole.length)).toEqual([...whole]);
  }
  for (const stream of streams) stream.close();
});

test('a closed resampler says so, and closing twice is fine', async () => {
  const resampler = await openResampler(44_100, 16_000);
  resampler.close();
  resampler.close();
  expect(() => resampler.push(new Float32Array(10))).toThrow(/closed/);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
  'a rate of %d is refused',
  async (rate) => {
    await expect(resample(new Float32Array(10), rate, 16_000)).rejects.toMatchObject({
      code: 'audio/invalid',
    });
  },
);
