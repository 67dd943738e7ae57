import { expect, test } from 'vitest';
import { type SpeechDetectorOptions, SpeechTracker } from './speech-tracker.js';

/** Frames of 0.1 s; each character is a probability in tenths. */
function segmentsOf(probabilities: string, options: SpeechDetectorOptions = {}) {
  const tracker = new SpeechTracker(0.1, {
    paddingSeconds: 0,
    minimumPauseSeconds: 0.3,
    minimumSpeechSeconds: 0.2,
    ...options,
  });
  for (const digit of probabilities) tracker.push(Number(digit) / 10);
  return tracker
    .segments()
    .map(({ start, end }) => [Math.round(start * 10) / 10, Math.round(end * 10) / 10]);
}

test.each<[string, string, readonly (readonly number[])[]]>([
  ['nothing', '', []],
  ['silence', '000000', []],
  ['speech between pauses', '0099990000', [[0.2, 0.6]]],
  ['speech that goes on', '00999', [[0.2, 0.5]]],
  ['speech from the first frame', '9990000', [[0, 0.3]]],
  ['a soft syllable that does not end it', '0999444499990000', [[0.1, 1.2]]],
  ['doubt that does not begin it', '00444440000', []],
  ['a short pause inside', '0999009990000', [[0.1, 0.9]]],
  [
    'a long pause between',
    '0999000009990000',
    [
      [0.1, 0.4],
      [0.9, 1.2],
    ],
  ],
  ['a click', '0009000000', []],
  ['an open pause at the end', '099900', [[0.1, 0.4]]],
])('%s', (_name, probabilities, expected) => {
  expect(segmentsOf(probabilities)).toEqual(expected);
});

test('padding stays inside the audio and joins what it makes touch', () => {
  expect(segmentsOf('9990009990', { paddingSeconds: 0.1 })).toEqual([
    [0, 0.4],
    [0.5, 1],
  ]);
  expect(segmentsOf('9990009990', { paddingSeconds: 0.2 })).toEqual([[0, 1]]);
});

test('with the defaults a second of speech is speech', () => {
  const tracker = new SpeechTracker(0.1);
  for (let i = 0; i < 10; i++) tracker.push(1);
  expect(tracker.speaking).toBe(true);
  expect(tracker.segments()).toEqual([{ start: 0, end: 1 }]);
});
