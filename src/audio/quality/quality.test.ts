import { expect, test } from 'vitest';
import { resample } from '../decode/resample.js';
import { mix, noise, tone } from '../fixtures/signals.js';
import { speechOnly } from '../speech/speech-segments.js';
import { clippedShare } from './clipping.js';
import { isNarrowBand } from './narrow-band.js';
import { judgeQuality } from './quality.js';
import { qualityAdvice } from './quality-advice.js';
import { estimateSnr } from './snr.js';

const RATE = 16_000;
const segments = [{ start: 1, end: 3 }];

/** Four seconds with "speech" (noise, which has every frequency) from 1 s to 3 s. */
function utterance(speechRms: number, noiseRms: number): Float32Array {
  const speech = new Float32Array(4 * RATE);
  speech.set(noise(2 * RATE, speechRms, 7), RATE);
  return mix(speech, noise(4 * RATE, noiseRms, 11));
}

test('a good utterance is usable without reasons', () => {
  const report = judgeQuality(utterance(0.1, 0.0005), segments);
  expect(report).toMatchObject({ usable: true, reasons: [], seconds: 4, speechSeconds: 2 });
  expect(report.levelDb).toBeCloseTo(-20, 0);
});

test.each([30, 20, 10, 5, 0])('a ratio of %d dB is estimated', (ratio) => {
  const samples = utterance(0.1, 0.1 * 10 ** (-ratio / 20));
  expect(estimateSnr(samples, segments)).toBeCloseTo(ratio, 0);
});

test('a click in the pause does not count as noise', () => {
  const samples = utterance(0.1, 0.001);
  samples.fill(0.9, 1_000, 1_100);
  expect(estimateSnr(samples, segments)).toBeGreaterThan(38);
});

test('without a pause there is no ratio, beside digital silence the highest', () => {
  expect(estimateSnr(utterance(0.1, 0.01), [{ start: 0, end: 4 }])).toBeUndefined();
  expect(estimateSnr(utterance(0.1, 0.01), [])).toBeUndefined();
  expect(estimateSnr(utterance(0.1, 0), segments)).toBe(80);
});

test.each<
  [string, Float32Array, readonly { start: number; end: number }[], readonly string[], boolean]
>([
  ['digital silence', new Float32Array(RATE), [], ['silent'], false],
  ['no audio at all', new Float32Array(0), [], ['silent'], false],
  ['a faint hum', tone(50, RATE, 2, 0.0005), [], ['silent'], false],
  ['noise alone', noise(2 * RATE, 0.05), [], ['no-speech'], false],
  ['two words', utterance(0.1, 0.0005), [{ start: 1, end: 1.7 }], ['too-short'], false],
  ['a noisy place', utterance(0.1, 0.05), segments, ['noisy'], true],
  ['noise above speech', utterance(0.05, 0.1), segments, ['noisy'], false],
  ['a far microphone', utterance(0.004, 0.00001), segments, ['too-quiet'], true],
])('%s is judged', (_name, samples, speech, reasons, usable) => {
  const report = judgeQuality(samples, speech);
  expect(report.reasons).toEqual(reasons);
  expect(report.usable).toBe(usable);
});

test('the least speech is the option of the model', () => {
  const samples = utterance(0.1, 0.0005);
  expect(judgeQuality(samples, segments, { minimumSpeechSeconds: 2.5 }).reasons).toEqual([
    'too-short',
  ]);
});

test('several reasons come worst first', () => {
  const samples = utterance(0.8, 0.4).map((v) => Math.max(-0.5, Math.min(0.5, v)));
  expect(judgeQuality(samples, [{ start: 1, end: 1.5 }]).reasons).toEqual([
    'too-short',
    'clipped',
    'noisy',
  ]);
});

test('clipping is found at the rails, below them, and on one side', () => {
  const loud = noise(RATE, 0.5, 5);
  const limited = loud.map((v) => Math.max(-0.5, Math.min(0.5, v)));
  expect(clippedShare(loud)).toBeLessThan(0.001);
  const slow = tone(200, RATE, 1, 2);
  const share = clippedShare(slow.map((v) => Math.max(-1, Math.min(1, v))));
  expect(share).toBeCloseTo(2 / 3, 1);
  expect(clippedShare(slow.map((v) => Math.max(-1, Math.min(1, v)) * 0.3))).toBeCloseTo(share, 2);
  expect(clippedShare(slow.map((v) => Math.min(1, v)))).toBeGreaterThan(0.3);
  expect(clippedShare(limited)).toBeGreaterThan(0.01);
});

test('a single peak at full scale and a quiet recording are not clipped', () => {
  const samples = noise(RATE, 0.05);
  samples[500] = 1;
  samples[501] = 1;
  expect(clippedShare(samples)).toBe(0);
  expect(clippedShare(new Float32Array(RATE).fill(0.001))).toBe(0);
  expect(clippedShare(new Float32Array(0))).toBe(0);
});

test('audio that was clipped before it was resampled is still found', async () => {
  const voice = mix(tone(180, 48_000, 2, 1.2), tone(540, 48_000, 2, 0.8));
  const clipped = voice.map((v) => Math.max(-1, Math.min(1, v)));
  const samples = (await resample(clipped, 48_000, RATE)).map((v) => Math.max(-1, Math.min(1, v)));
  expect(clippedShare(samples)).toBeGreaterThan(0.005);
});

test('audio that came over 8 kHz is narrow-band', async () => {
  const wide = noise(2 * RATE, 0.1);
  const narrow = await resample(await resample(wide, RATE, 8_000), 8_000, RATE);
  expect(isNarrowBand(wide)).toBe(false);
  expect(isNarrowBand(narrow)).toBe(true);
  const samples = new Float32Array(4 * RATE);
  samples.set(narrow, RATE);
  expect(judgeQuality(samples, segments)).toMatchObject({ usable: true, reasons: ['narrow-band'] });
});

test('an offset is named, and judged without', () => {
  const samples = utterance(0.1, 0.0005);
  const plain = judgeQuality(samples, segments);
  const shifted = judgeQuality(
    samples.map((sample) => sample + 0.3),
    segments,
  );
  expect(shifted).toMatchObject({ usable: true, reasons: ['dc-offset'] });
  expect(shifted.levelDb).toBeCloseTo(plain.levelDb, 1);
  expect(shifted.snrDb).toBeCloseTo(plain.snrDb ?? 0, 0);
});

test('every reason has advice of a sentence', () => {
  for (const advice of Object.values(qualityAdvice)) expect(advice).toMatch(/^[A-Z].*\.$/);
});

test('speech is cut out of the pauses', () => {
  const samples = new Float32Array(RATE);
  for (const place of [1_600, 14_400]) samples[place] = place / RATE;
  const speech = speechOnly(samples, [
    { start: 0.1, end: 0.2 },
    { start: 0.9, end: 5 },
  ]);
  expect(speech.length).toBe(1_600 + 1_600);
  expect(speech[0]).toBeCloseTo(0.1, 6);
  expect(speech[1_600]).toBeCloseTo(0.9, 6);
  expect(speechOnly(samples, [])).toEqual(new Float32Array(0));
});
