import { describe, expect, it } from 'vitest';
import type { VoiceprintErrorCode } from '../errors.js';
import {
  createFrontEnd,
  type FeatureStream,
  type Features,
  type FrontEndSpec,
  openFeatureStream,
} from './index.js';
import causalFrames from './testdata/causal-frames.json' with { type: 'json' };

const code = (expected: VoiceprintErrorCode) => expect.objectContaining({ code: expected });

const PRIOR = Array.from({ length: 80 }, (_, band) => -6 - band / 40);
const RUNNING_MEAN = { prior: PRIOR, frames: 50 };
const CAUSAL: FrontEndSpec = {
  recipe: 'espnet',
  parameters: { center: false, normalize: 'running-mean', running_mean: RUNNING_MEAN },
};
const SPECS: readonly FrontEndSpec[] = [
  CAUSAL,
  { recipe: 'espnet', parameters: { normalize: null } },
  { recipe: 'espnet', parameters: { normalize: 'running-mean', running_mean: RUNNING_MEAN } },
  { recipe: 'espnet', parameters: { normalize: null, center: false, preemp: false, log: false } },
  { recipe: 'espnet', parameters: { normalize: null, hop_length: 700, n_mels: 24 } },
  { recipe: 'espnet', parameters: { normalize: null, hop_length: 20_000, n_mels: 24 } },
  { recipe: 'kaldi', parameters: {} },
  { recipe: 'kaldi', parameters: { num_mel_bins: 128, normalization: 'beats', frame_shift: 33 } },
  { recipe: 'speechbrain', parameters: { normalization: 'none', top_db: null } },
];

function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function noise(length: number, seed: number): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from({ length }, (_, i) => (random() - 0.5) * Math.sin(i * 3e-4) ** 2);
}

/** Frames of a stream laid end to end; pieces of 1 sample to 1 s, as often short as long. */
function streamed(stream: FeatureStream, samples: Float32Array, random: () => number): number[] {
  const values: number[] = [];
  for (let from = 0; from < samples.length; ) {
    const to = from + Math.floor(16_000 ** random());
    values.push(...stream.push(samples.subarray(from, to)).data);
    from = to;
  }
  values.push(...stream.flush().data);
  return values;
}

function expectSame(streamedValues: readonly number[], whole: Features): void {
  expect(streamedValues).toHaveLength(whole.data.length);
  const first = whole.data.findIndex((value, i) => !Object.is(value, streamedValues[i]));
  expect(first).toBe(-1);
}

describe.each(SPECS)('a stream of $recipe $parameters', (spec) => {
  it('gives what the whole utterance gives, however it is cut', () => {
    const frontEnd = createFrontEnd(spec);
    const stream = openFeatureStream(spec);
    expect(stream).toMatchObject({ bands: frontEnd.bands, frameRate: frontEnd.frameRate });
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const random = randomNumbers(seed);
      const samples = noise(frontEnd.minimumSamples + Math.floor(random() * 60_000), seed);
      expectSame(streamed(stream, samples, random), frontEnd.compute(samples));
      stream.reset();
    }
  });

  it('gives the same for pieces of one sample, of its shortest input, and of everything', () => {
    const frontEnd = createFrontEnd(spec);
    const stream = openFeatureStream(spec);
    for (const length of [frontEnd.minimumSamples, frontEnd.minimumSamples + 1, 5000]) {
      const samples = noise(length, length);
      const whole = frontEnd.compute(samples);
      for (const piece of [1, 7, length]) {
        const values: number[] = [];
        for (let from = 0; from < length; from += piece) {
          values.push(...stream.push(samples.subarray(from, from + piece)).data);
        }
        values.push(...stream.flush().data);
        expectSame(values, whole);
        stream.reset();
      }
    }
  });

  it('ends with no frame where less was heard than its shortest input', () => {
    const stream = openFeatureStream(spec);
    const { minimumSamples } = createFrontEnd(spec);
    expect(stream.flush().frames).toBe(0);
    stream.reset();
    expect(stream.push(noise(minimumSamples - 1, 1)).frames).toBe(0);
    expect(stream.flush().frames).toBe(0);
  });

  it('is as it was after samples that it refused', () => {
    const frontEnd = createFrontEnd(spec);
    const stream = openFeatureStream(spec);
    const samples = noise(30_000, 9);
    const bad = samples.slice(0, 2000);
    bad[1234] = Number.NaN;
    const values = [...stream.push(samples.subarray(0, 9000)).data];
    expect(() => stream.push(bad)).toThrow(code('audio/invalid'));
    expect(() => stream.push(bad)).toThrow(/sample 1234 is NaN/);
    const wrong: unknown = Array.from(samples);
    // @ts-expect-error what a caller without types may pass
    expect(() => stream.push(wrong)).toThrow(code('audio/invalid'));
    expect(stream.push(new Float32Array(0)).frames).toBe(0);
    values.push(...stream.push(samples.subarray(9000)).data, ...stream.flush().data);
    expectSame(values, frontEnd.compute(samples));
  });

  it('refuses samples after its end until it is reset', () => {
    const stream = openFeatureStream(spec);
    stream.push(noise(5000, 1));
    stream.flush();
    expect(() => stream.push(noise(160, 1))).toThrow(code('audio/invalid'));
    expect(() => stream.push(noise(160, 1))).toThrow(/reset/);
    expect(stream.flush().frames).toBe(0);
    stream.reset();
    expect(() => stream.push(noise(160, 1))).not.toThrow();
  });

  it('makes no new arrays for pieces of a length that it has seen', () => {
    const stream = openFeatureStream(spec);
    const piece = noise(1000, 3);
    const seen = new Set<Features>();
    const buffers = new Set<unknown>();
    for (let i = 0; i < 200; i++) stream.push(piece);
    for (let i = 0; i < 200; i++) {
      const features = stream.push(piece);
      seen.add(features);
      buffers.add(features.data.buffer);
    }
    expect(buffers.size).toBe(1);
    expect(seen.size).toBeLessThanOrEqual(2);
  });
});

describe('the causal recipe', () => {
  it('covers the samples from i * hop on: its frames lie between those of the centred one', () => {
    const samples = noise(9000, 5);
    const parameters = { normalize: null };
    const centred = createFrontEnd({ recipe: 'espnet', parameters }).compute(samples);
    // Frame 2 of the centred recipe begins at sample 2 * 160 - 256.
    const causal = createFrontEnd({
      recipe: 'espnet',
      parameters: { ...parameters, center: false },
    }).compute(samples.subarray(64));
    expect(causal.frames).toBe(1 + Math.floor((9000 - 64 - 512) / 160));
    expect(causal.data).toEqual(centred.data.subarray(2 * 80, (2 + causal.frames) * 80));
  });

  it('gives the frames that the encoder is trained on', () => {
    const samples = Float32Array.from(
      { length: 6000 },
      (_, i) => 0.3 * Math.sin(i * i * 1e-5) + 0.05 * Math.sin(i * 0.7),
    );
    const { data, frames } = createFrontEnd(CAUSAL).compute(samples);
    expect(frames).toBe(causalFrames.frames);
    const worst = (row: number, expected: readonly number[]): number =>
      Math.max(...expected.map((value, band) => Math.abs((data[row * 80 + band] ?? 0) - value)));
    expect(worst(0, causalFrames.first)).toBeLessThan(2e-5);
    expect(worst(frames - 1, causalFrames.last)).toBeLessThan(2e-5);
  });

  it('gives a frame as soon as its 512 samples are there, and then one every 160', () => {
    const stream = openFeatureStream(CAUSAL);
    const given: number[] = [];
    for (let i = 1; i <= 1000; i++) {
      if (stream.push(noise(1, i)).frames > 0) given.push(i);
    }
    expect(given).toEqual([512, 672, 832, 992]);
    expect(stream.flush().frames).toBe(0);
  });

  it('takes off the mean of the frames so far, and of the prior as often as it counts', () => {
    const samples = noise(4000, 6);
    const plain = createFrontEnd({
      recipe: 'espnet',
      parameters: { center: false, normalize: null },
    }).compute(samples);
    const { data, frames } = createFrontEnd(CAUSAL).compute(samples);
    for (const band of [0, 41, 79]) {
      let sum = 50 * (PRIOR[band] ?? 0);
      for (let t = 0; t < frames; t++) {
        const value = plain.data[t * 80 + band] ?? 0;
        sum += value;
        expect(data[t * 80 + band]).toBeCloseTo(value - sum / (t + 1 + 50), 5);
      }
    }
  });

  it('stays finite through silence, clipping and huge values', () => {
    const stream = openFeatureStream(CAUSAL);
    for (const value of [0, 1, -1, 1e30, 0]) {
      const { data, frames } = stream.push(new Float32Array(1600).fill(value));
      expect(frames).toBeGreaterThan(6);
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('openFeatureStream', () => {
  it.each<[FrontEndSpec, RegExp]>([
    [{ recipe: 'espnet', parameters: {} }, /normalize "mn".*"running-mean"/],
    [{ recipe: 'kaldi', parameters: { normalization: 'mean' } }, /normalization "mean"/],
    [{ recipe: 'speechbrain', parameters: {} }, /top_db.*normalization "sentence-mean"/],
    [
      { recipe: 'speechbrain', parameters: { normalization: 'none', top_db: null, deltas: true } },
      /deltas/,
    ],
    [
      { recipe: 'speechbrain', parameters: { normalization: 'none', top_db: null, context: true } },
      /context/,
    ],
  ])('refuses what needs the whole utterance, and names it: %j', (spec, message) => {
    expect(() => openFeatureStream(spec)).toThrow(code('features/invalid'));
    expect(() => openFeatureStream(spec)).toThrow(message);
  });

  it.each([
    { normalize: 'running-mean' },
    { normalize: 'running-mean', running_mean: { prior: [1, 2], frames: 50 } },
    { normalize: 'running-mean', running_mean: { prior: PRIOR } },
    { normalize: 'running-mean', running_mean: { prior: PRIOR, frames: 0 } },
    { normalize: 'running-mean', running_mean: { prior: PRIOR, frames: Number.NaN } },
    { normalize: 'running-mean', running_mean: { prior: [...PRIOR.slice(1), '1'], frames: 50 } },
    { normalize: 'running-mean', running_mean: { prior: [...PRIOR.slice(1), NaN], frames: 50 } },
    { normalize: 'running-mean', running_mean: { prior: 'speech', frames: 50 } },
    { normalize: 'running-mean', running_mean: 'speech' },
    { normalize: null, running_mean: RUNNING_MEAN },
    { center: 1 },
  ])('refuses %j', (parameters) => {
    const spec: FrontEndSpec = { recipe: 'espnet', parameters };
    expect(() => openFeatureStream(spec)).toThrow(code('features/invalid'));
    expect(() => createFrontEnd(spec)).toThrow(code('features/invalid'));
  });
});
