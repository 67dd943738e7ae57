import { describe, expect, it } from 'vitest';
import { espnetMelSpectrogram, kaldiFbank, speechbrainFbank } from './index.js';
import frames from './testdata/upstream-frames.json' with { type: 'json' };
import type { FrontEnd } from './types.js';

const IMPULSE = Float32Array.from({ length: 6000 }, (_, i) => (i === 3000 ? 1 : 0));
const SQUARE = Float32Array.from({ length: 9000 }, (_, i) =>
  Math.floor(i / 40) % 2 === 0 ? 32_767 / 32_768 : -1,
);

const plain = speechbrainFbank({ normalization: 'none' });
const cases: readonly [string, Float32Array, FrontEnd, { frame: number; values: number[] }][] = [
  ['SpeechBrain, impulse', IMPULSE, plain, frames.impulse.sb_fbank80],
  ['SpeechBrain, square wave', SQUARE, plain, frames.square.sb_fbank80],
  ['SpeechBrain normalised', IMPULSE, speechbrainFbank(), frames.impulse.sb_fbank80_norm],
  ['ESPnet, mirrored start', SQUARE, espnetMelSpectrogram(), frames.square.espnet_melspec_ska],
  [
    'BEATs',
    SQUARE,
    kaldiFbank({ num_mel_bins: 128, normalization: 'beats' }),
    frames.square.beats_fbank128,
  ],
  [
    'WeSpeaker',
    IMPULSE,
    kaldiFbank({ window_type: 'hamming', normalization: 'mean' }),
    frames.impulse.kaldi80_cmn_wespeaker,
  ],
];

describe('frames of upstream', () => {
  it.each(cases)('%s', (_, samples, frontEnd, expected) => {
    const { data, bands } = frontEnd.compute(samples);
    expect(bands).toBe(expected.values.length);
    const row = data.subarray(expected.frame * bands, (expected.frame + 1) * bands);
    const error = row.reduce(
      (most, value, band) => Math.max(most, Math.abs(value - (expected.values[band] ?? 0))),
      0,
    );
    expect(error).toBeLessThan(1e-5);
  });

  it('gives the empty filter 3 of 128 Kaldi bands the floor in every frame', () => {
    const { data, bands, frames: count } = kaldiFbank({ num_mel_bins: 128 }).compute(SQUARE);
    for (let frame = 0; frame < count; frame++) {
      expect(data[frame * bands + 3]).toBeCloseTo(Math.log(1.1920928955078125e-7), 5);
    }
  });
});
