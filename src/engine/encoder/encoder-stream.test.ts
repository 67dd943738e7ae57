import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  causalTdnnTensors,
  TINY_CAUSAL,
} from '../../architectures/causal-tdnn/causal-tdnn.fixture.js';
import { convertCheckpoint } from '../../convert/convert.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import type { Manifest } from '../../models/manifest.js';
import { safetensorsOf } from '../../models/tiny-ecapa.fixture.js';
import { runGraphOnce } from '../../runtime/run-graph-once.js';
import { type GraphEncoder, openEncoder } from './open-encoder.js';
import type { EncoderStream, StreamedEmbedding } from './types.js';

const BANDS = 80;
const CONFIG = { ...TINY_CAUSAL, input_size: BANDS, channels: 16 };
/** Samples of so many frames: the last one is whole with its 512th sample. */
const samplesOf = (frames: number) => (frames - 1) * 160 + 512;

/** Something that changes all the time, with pauses. */
function speech(frames: number, seed: number): Float32Array {
  return Float32Array.from({ length: samplesOf(frames) }, (_, i) => {
    const loud = 0.05 + 0.3 * Math.max(0, Math.sin(i / (3000 + 100 * seed)));
    return Math.fround(loud * Math.sin(i * (0.05 + 0.03 * Math.sin(i / (4000 + 300 * seed)))));
  });
}

/** Largest difference, relative to the largest reference value. */
function worst(values: Float32Array | undefined, reference: Float32Array): number {
  expect(values).toHaveLength(reference.length);
  let [difference, largest] = [0, 0];
  for (const [i, value] of reference.entries()) {
    difference = Math.max(difference, Math.abs(value - (values?.[i] ?? Number.NaN)));
    largest = Math.max(largest, Math.abs(value));
  }
  return difference / largest;
}

/** Pieces of 1 to `most` samples. */
function* cut(samples: Float32Array, seed: number, most: number): Generator<Float32Array> {
  let state = seed;
  for (let at = 0; at < samples.length; ) {
    state = (state * 48_271) % 2_147_483_647;
    const end = Math.min(samples.length, at + 1 + (state % most));
    yield samples.subarray(at, end);
    at = end;
  }
}

async function pushAll(
  stream: EncoderStream,
  samples: Float32Array,
  seed = 1,
  most = 5000,
): Promise<StreamedEmbedding | undefined> {
  let last: StreamedEmbedding | undefined;
  for (const piece of cut(samples, seed, most)) last = (await stream.push(piece)) ?? last;
  return last;
}

const code = (value: string) => expect.objectContaining({ code: value });

describe('EncoderStream', () => {
  let manifest: Manifest;
  let encoder: GraphEncoder;
  beforeAll(async () => {
    const prior = Array.from({ length: BANDS }, (_, band) => -6 + band / 40);
    const { manifest: made, files } = await convertCheckpoint(
      safetensorsOf(causalTdnnTensors(CONFIG)),
      {
        name: 'tiny-stream',
        runGraph: runGraphOnce,
        frontEnd: {
          recipe: 'espnet',
          parameters: {
            center: false,
            normalize: 'running-mean',
            running_mean: { prior, frames: 50 },
          },
        },
      },
    );
    manifest = made;
    encoder = await openEncoder(files.get('model.onnx') ?? new Uint8Array(), made, {
      backend: 'wasm',
      threads: 1,
    });
  }, 120_000);
  afterAll(() => encoder[asyncDispose]());

  const wholeOf = async (samples: Float32Array) => (await encoder.encode(samples)).values;

  it('comes out of conversion as a model that can stream, and passes its self-check', () => {
    expect(manifest.architecture).toBe('causal-tdnn');
    expect(manifest.streaming?.stack).toBe(2);
    expect(manifest.streaming?.states.map(({ input }) => input)).toEqual([
      'cache.0',
      'cache.1',
      'cache.2',
      'sums',
      'rounding',
      'ring',
    ]);
    expect(manifest.output.name).toBe('embedding');
  });

  it.each([
    [8, 1],
    [16, 2],
    [32, 3],
    [64, 4],
  ])('hears what the whole utterance gives, in steps of %d frames', async (chunkFrames, seed) => {
    const frames = 256;
    const samples = speech(frames, seed);
    const whole = await wholeOf(samples);
    const stream = await encoder.openStream({ chunkFrames });
    const last = await pushAll(stream, samples, seed);
    expect(last?.heardSeconds).toBeCloseTo(frames / 100, 9);
    expect(worst(last?.heard, whole)).toBeLessThan(1e-5);
    await stream[asyncDispose]();
  });

  it.each([1, 2, 3])('looks back on the last seconds only (seed %d)', async (seed) => {
    const samples = speech(160, seed);
    const fine = await encoder.openStream({ chunkFrames: 8, windowSeconds: 0.64 });
    const coarse = await encoder.openStream({ chunkFrames: 32, windowSeconds: 0.64 });
    const [one, other] = [
      await pushAll(fine, samples, seed),
      await pushAll(coarse, samples, seed + 1),
    ];
    expect(one?.recentSeconds).toBeCloseTo(0.64, 9);
    expect(worst(one?.recent, other?.recent ?? new Float32Array())).toBeLessThan(1e-5);
    expect(worst(one?.recent, other?.heard ?? new Float32Array())).toBeGreaterThan(1e-3);
    await Promise.all([fine[asyncDispose](), coarse[asyncDispose]()]);
  });

  it('is everything heard until more than the window was heard', async () => {
    const stream = await encoder.openStream({ windowSeconds: 1 });
    const first = await pushAll(stream, speech(64, 1));
    expect(first?.recentSeconds).toBeCloseTo(0.64, 9);
    expect(worst(first?.recent, first?.heard ?? new Float32Array())).toBeLessThan(1e-6);
    await stream[asyncDispose]();
  });

  it('says nothing before a chunk is whole', async () => {
    const stream = await encoder.openStream({ chunkFrames: 16 });
    const samples = speech(16, 1);
    await expect(stream.push(samples.subarray(0, -1))).resolves.toBeUndefined();
    await expect(stream.push(samples.subarray(-1))).resolves.toMatchObject({ heardSeconds: 0.16 });
    await expect(stream.push(new Float32Array())).resolves.toBeUndefined();
    await stream[asyncDispose]();
  });

  it('serves calls in order, and forgets with a reset between them', async () => {
    const stream = await encoder.openStream();
    const [before, samples] = [speech(40, 3), speech(96, 2)];
    const pushed = Promise.all([
      stream.push(before),
      stream.reset(),
      stream.push(samples.subarray(0, 7001)),
      stream.push(samples.subarray(7001)),
    ]);
    const last = (await pushed)[3];
    expect(worst(last?.heard, await wholeOf(samples))).toBeLessThan(1e-5);
    await stream[asyncDispose]();
  });

  it('keeps two streams apart', async () => {
    const streams = [await encoder.openStream(), await encoder.openStream()] as const;
    const samples = [speech(64, 1), speech(64, 9)] as const;
    const [one, other] = await Promise.all([
      pushAll(streams[0], samples[0]),
      pushAll(streams[1], samples[1], 5),
    ]);
    expect(worst(one?.heard, await wholeOf(samples[0]))).toBeLessThan(1e-5);
    expect(worst(other?.heard, await wholeOf(samples[1]))).toBeLessThan(1e-5);
    await Promise.all(streams.map((stream) => stream[asyncDispose]()));
  });

  it('goes on after samples that are no numbers, as if they had not come', async () => {
    const stream = await encoder.openStream();
    const samples = speech(64, 4);
    await stream.push(samples.subarray(0, 5000));
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(stream.push(Float32Array.of(0.1, bad))).rejects.toEqual(code('audio/invalid'));
    }
    const last = await stream.push(samples.subarray(5000));
    expect(worst(last?.heard, await wholeOf(samples))).toBeLessThan(1e-5);
    await stream[asyncDispose]();
  });

  it('bears silence, clipping and loud noise', async () => {
    const stream = await encoder.openStream();
    for (const value of [0, 1, -1, 1e4]) {
      const length = samplesOf(48);
      const samples = Float32Array.from({ length }, (_, i) => (i % 3 === 0 ? value : -value));
      const last = await stream.push(samples);
      expect(last?.heard.every(Number.isFinite)).toBe(true);
      expect(last?.recent.every(Number.isFinite)).toBe(true);
    }
    await stream[asyncDispose]();
  });

  it('drops an odd last frame of a whole utterance', async () => {
    const even = await wholeOf(speech(64, 1));
    const odd = await wholeOf(speech(64, 1).subarray(0, samplesOf(64) + 159));
    expect(worst(odd, even)).toBe(0);
    expect(await wholeOf(speech(65, 1))).toHaveLength(10);
    await expect(wholeOf(speech(1, 1))).rejects.toEqual(code('audio/too-short'));
  });

  it.each([
    [{ chunkFrames: 15 }, 'multiple of 2'],
    [{ chunkFrames: 0 }, 'chunkFrames is 0'],
    [{ chunkFrames: Number.NaN }, 'chunkFrames is NaN'],
    [{ chunkFrames: 1e6 }, 'up to 6000'],
    [{ windowSeconds: 0 }, 'windowSeconds is 0'],
    [{ windowSeconds: Number.NaN }, 'windowSeconds is NaN'],
    [{ windowSeconds: 1e9 }, 'at most 655'],
  ])('refuses %j', async (options, words) => {
    await expect(encoder.openStream(options)).rejects.toEqual(code('verifier/invalid'));
    await expect(encoder.openStream(options)).rejects.toThrow(words);
  });

  it('takes nothing after it was disposed', async () => {
    const stream = await encoder.openStream();
    const accepted = stream.push(speech(32, 1));
    await Promise.all([stream[asyncDispose](), stream[asyncDispose]()]);
    await expect(accepted).resolves.toBeDefined();
    await expect(stream.push(speech(1, 1))).rejects.toEqual(code('disposed'));
    await expect(stream.reset()).rejects.toEqual(code('disposed'));
  });

  it('needs to be told the features of a checkpoint, which holds none', async () => {
    const converting = convertCheckpoint(safetensorsOf(causalTdnnTensors(CONFIG)), {
      name: 'tiny-stream',
      runGraph: runGraphOnce,
    });
    await expect(converting).rejects.toEqual(code('model/unsupported'));
    await expect(converting).rejects.toThrow('running_mean');
  });
});
