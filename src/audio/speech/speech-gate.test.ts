import { describe, expect, it } from 'vitest';
import { SILERO_FRAME } from './silero.js';
import { MOST_PASSED_FRAMES, SpeechGate } from './speech-gate.js';

/** Frame `i` holds the value `i + 1`, so that what passes can be told by it. */
function passedFrames(probabilities: readonly number[], gate = new SpeechGate()): number[] {
  const out = new Float32Array(MOST_PASSED_FRAMES * SILERO_FRAME);
  return probabilities.flatMap((probability, i) => {
    const frame = new Float32Array(SILERO_FRAME).fill(i + 1);
    const passed = gate.push(frame, probability, out, 0);
    const frames = Array.from({ length: passed / SILERO_FRAME }, (_, k) => out[k * SILERO_FRAME]);
    return frames.map((value) => (value ?? 0) - 1);
  });
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const speech = (frames: number) => new Array<number>(frames).fill(0.9);
const quiet = (frames: number) => new Array<number>(frames).fill(0.01);

describe('SpeechGate', () => {
  it.each([
    ['silence', quiet(50), []],
    ['a click of two frames', [...quiet(10), ...speech(2), ...quiet(20)], []],
    [
      'speech with two frames before and after it',
      [...quiet(10), ...speech(10), ...quiet(20)],
      range(8, 22),
    ],
    ['speech from the first frame', [...speech(5), ...quiet(20)], range(0, 7)],
    [
      'a short pause as speech',
      [...quiet(5), ...speech(5), ...quiet(7), ...speech(5), ...quiet(20)],
      range(3, 24),
    ],
    [
      'two stretches without the long pause between them',
      [...quiet(5), ...speech(5), ...quiet(20), ...speech(5), ...quiet(20)],
      [...range(3, 12), ...range(28, 37)],
    ],
    [
      'an onset with a doubtful frame in it',
      [...quiet(5), 0.9, 0.4, 0.9, 0.9, ...speech(3), ...quiet(20)],
      range(3, 14),
    ],
    ['doubtful frames inside speech', [...speech(5), ...Array(30).fill(0.4)], range(0, 35)],
  ])('lets pass: %s', (_what, probabilities, expected) => {
    expect(passedFrames(probabilities)).toEqual(expected);
  });

  it('ends a pause of doubtful frames some time', () => {
    const gate = new SpeechGate();
    passedFrames([...speech(5), 0.1, ...Array(60).fill(0.4)], gate);
    expect(gate.open).toBe(false);
  });

  it('counts silence since the last speech', () => {
    const gate = new SpeechGate();
    passedFrames(quiet(100), gate);
    expect(gate.silentSeconds).toBeCloseTo(3.2, 5);
    passedFrames(speech(10), gate);
    expect(gate.silentSeconds).toBe(0);
    passedFrames(quiet(20), gate);
    expect(gate.silentSeconds).toBeCloseTo(0.64, 5);
    gate.reset();
    expect([gate.open, gate.silentSeconds]).toEqual([false, 0]);
  });
});
