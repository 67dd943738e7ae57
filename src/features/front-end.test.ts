import { describe, expect, it } from 'vitest';
import type { VoiceprintErrorCode } from '../errors.js';
import {
  createFrontEnd,
  espnetMelSpectrogram,
  type FrontEnd,
  kaldiFbank,
  speechbrainFbank,
} from './index.js';

const SAMPLES = Float32Array.from({ length: 4000 }, (_, i) => 0.3 * Math.sin(i * i * 1e-4));
const code = (expected: VoiceprintErrorCode) => expect.objectContaining({ code: expected });

const RECIPES: readonly [string, () => FrontEnd, number][] = [
  ['speechbrain', () => speechbrainFbank(), 1],
  ['espnet', () => espnetMelSpectrogram(), 257],
  ['kaldi', () => kaldiFbank(), 400],
];

describe.each(RECIPES)('the %s recipe', (_, make, minimum) => {
  it('takes its shortest input and refuses one sample less', () => {
    const frontEnd = make();
    expect(frontEnd.minimumSamples).toBe(minimum);
    const { data, frames, bands } = frontEnd.compute(SAMPLES.subarray(0, minimum));
    expect(data).toHaveLength(frames * bands);
    expect(data.every(Number.isFinite)).toBe(true);
    const short = SAMPLES.subarray(0, minimum - 1);
    expect(() => frontEnd.compute(short)).toThrow(code('audio/too-short'));
  });

  it('refuses empty input', () => {
    expect(() => make().compute(new Float32Array(0))).toThrow(code('audio/too-short'));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses %d and names the sample',
    (value) => {
      const samples = SAMPLES.slice();
      samples[1234] = value;
      expect(() => make().compute(samples)).toThrow(code('audio/invalid'));
      expect(() => make().compute(samples)).toThrow(/sample 1234 is/);
    },
  );

  it('refuses samples of another type', () => {
    const wrong: unknown = new Float64Array(4000);
    // @ts-expect-error what a caller without types may pass
    expect(() => make().compute(wrong)).toThrow(code('audio/invalid'));
  });

  it('reads a view in the middle of a buffer', () => {
    const buffer = new Float32Array(SAMPLES.length + 200).fill(0.9);
    buffer.set(SAMPLES, 100);
    const view = buffer.subarray(100, 100 + SAMPLES.length);
    expect(make().compute(view)).toEqual(make().compute(SAMPLES));
  });

  it('keeps nothing of one utterance for the next', () => {
    const frontEnd = make();
    const first = frontEnd.compute(SAMPLES);
    const copy = first.data.slice();
    frontEnd.compute(new Float32Array(5000).fill(-1));
    expect(first.data).toEqual(copy);
    expect(frontEnd.compute(SAMPLES).data).toEqual(copy);
  });

  it('stays finite on silence, clipping and huge values', () => {
    for (const value of [0, 1, -1, 1e30]) {
      const { data } = make().compute(new Float32Array(4000).fill(value));
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('createFrontEnd', () => {
  it('makes every recipe from the parameters of a manifest', () => {
    expect(createFrontEnd({ recipe: 'speechbrain', parameters: { n_mels: 40 } }).bands).toBe(40);
    expect(createFrontEnd({ recipe: 'espnet', parameters: { n_mels: 32 } }).bands).toBe(32);
    expect(createFrontEnd({ recipe: 'kaldi', parameters: { num_mel_bins: 128 } }).bands).toBe(128);
  });

  it('counts the bands of deltas and context', () => {
    const parameters = { n_mels: 24, deltas: true, context: true, left_frames: 2, right_frames: 1 };
    expect(createFrontEnd({ recipe: 'speechbrain', parameters }).bands).toBe(24 * 3 * 4);
  });

  it.each([
    ['speechbrain', { num_mels: 80 }],
    ['speechbrain', { n_mels: '80' }],
    ['speechbrain', { n_mels: 80.5 }],
    ['speechbrain', { n_mels: 0 }],
    ['speechbrain', { n_mels: Number.NaN }],
    ['speechbrain', { n_mels: null }],
    ['speechbrain', { n_fft: 401 }],
    ['speechbrain', { win_length: 40 }],
    ['speechbrain', { f_min: 8000 }],
    ['speechbrain', { f_max: 9000 }],
    ['speechbrain', { filter_shape: 'round' }],
    ['speechbrain', { normalization: 'batch' }],
    ['speechbrain', { toString: 1 }],
    ['espnet', { normalize: 'mvn' }],
    ['espnet', { window_fn: 'povey' }],
    ['espnet', { hop_length: 0 }],
    ['espnet', { hop_length: 160.5 }],
    ['espnet', { win_length: 1024 }],
    ['kaldi', { num_mel_bins: 3 }],
    ['kaldi', { dithering: 1 }],
    ['kaldi', { window_type: 'hann' }],
    ['kaldi', { high_freq: 9000 }],
    ['mfcc', {}],
  ])('refuses %s %j', (recipe, parameters) => {
    // @ts-expect-error manifests are data: the recipe may be any string
    expect(() => createFrontEnd({ recipe, parameters })).toThrow(code('features/invalid'));
  });
});
