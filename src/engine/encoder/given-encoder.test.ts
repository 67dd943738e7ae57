import { describe, expect, it, vi } from 'vitest';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import type { Model } from '../../models/model.js';
import { createEngine } from '../engine.js';
import { fakeDetector } from '../fake-voices.fixture.js';
import type { HearOptions } from '../types.js';
import { holdToModel, openGivenEncoder } from './given-encoder.js';
import type { Encoder } from './types.js';

const model: Model = {
  name: 'somebody/their-model',
  version: 'main',
  architecture: 'wavlm',
  licence: 'MIT',
  sha256: 'b'.repeat(64),
  bytes: 7,
  embeddingSize: 2,
  minimumSeconds: 1,
  recommendedSeconds: 6,
  thresholds: [],
  calibration: [],
};
const backend = {
  name: 'wasm',
  entry: 'webgpu',
  threads: 1,
  adapter: undefined,
  reason: 'mine',
} as const;

function fakeEncoder(changes: Partial<Model> = {}, values: readonly number[] = [3, 4]) {
  return {
    model: { ...model, ...changes },
    backend,
    encode: vi.fn(async (_speech: Float32Array) => ({
      values: Float32Array.from(values),
      featuresMilliseconds: 1,
      encoderMilliseconds: 2,
    })),
    [asyncDispose]: vi.fn(async () => undefined),
  } satisfies Encoder;
}

/** All of it, whatever it sounds like. */
const WHOLE: HearOptions = { part: 'whole', unusable: true };

async function embed(encoder: Encoder, speech: Float32Array) {
  const heard = await createEngine(fakeDetector(), [holdToModel(encoder)]).hear(speech, WHOLE);
  const [values = new Float32Array()] = heard.pieces[0]?.embeddings.values() ?? [];
  return { ...heard, values };
}

const seconds = (count: number): Float32Array => new Float32Array(count * 16_000).fill(0.1);

describe('an encoder of the caller', () => {
  it('gives the engine its model and its backend', () => {
    const engine = createEngine(fakeDetector(), [holdToModel(fakeEncoder())]);
    expect(engine.models).toEqual([model]);
    expect(engine.backend.reason).toBe('mine');
  });

  it('embeds short speech whole and long speech in windows', async () => {
    const encoder = fakeEncoder();
    expect((await embed(encoder, seconds(3))).values).toEqual(Float32Array.of(3, 4));
    const long = await embed(encoder, seconds(50));
    expect(encoder.encode.mock.calls.map(([speech]) => speech.length)).toEqual([
      48_000, 266_667, 266_666, 266_667,
    ]);
    expect(Array.from(long.values)).toEqual([expect.closeTo(0.6, 6), expect.closeTo(0.8, 6)]);
    expect(long.encoderMilliseconds).toBe(6);
  });

  it.each([
    ['too little speech', fakeEncoder(), seconds(0.5), 'audio/too-short'],
    [
      'samples that are no numbers',
      fakeEncoder(),
      seconds(2).fill(Number.NaN, 5, 6),
      'audio/invalid',
    ],
    ['an embedding of NaN', fakeEncoder({}, [1, Number.NaN]), seconds(2), 'backend/failed'],
    ['an embedding of another size', fakeEncoder({}, [1, 2, 3]), seconds(2), 'model/mismatch'],
  ])('refuses %s', async (_what, encoder, speech, code) => {
    await expect(embed(encoder, speech)).rejects.toMatchObject({ code });
  });

  it.each([
    [{ sha256: 'main' }, 'sha256'],
    [{ name: '' }, 'name'],
    [{ embeddingSize: 0 }, 'embeddingSize'],
    [{ minimumSeconds: 7 }, 'minimumSeconds'],
    [
      {
        thresholds: [{ falseAcceptRate: 1, score: 0.5, list: 'made', seconds: null, lists: [] }],
      },
      'threshold',
    ],
    [{ calibration: [{ maximumSeconds: null, scale: Number.NaN, offset: 0 }] }, 'calibration'],
  ])('refuses a model described as %o', (changes, word) => {
    expect(() => holdToModel(fakeEncoder(changes))).toThrowError(
      expect.objectContaining({ code: 'verifier/invalid', message: expect.stringContaining(word) }),
    );
  });

  it('is closed with the engine and the detector, once', async () => {
    const encoder = fakeEncoder();
    const detector = fakeDetector({ [asyncDispose]: vi.fn(async () => undefined) });
    const engine = createEngine(detector, [holdToModel(encoder)]);
    await engine[asyncDispose]();
    await engine[asyncDispose]();
    expect(encoder[asyncDispose]).toHaveBeenCalledTimes(1);
    expect(detector[asyncDispose]).toHaveBeenCalledTimes(1);
    await expect(engine.hear(seconds(2))).rejects.toMatchObject({ code: 'disposed' });
  });
});

describe('openGivenEncoder', () => {
  it('closes an encoder that describes its model badly', async () => {
    const encoder = fakeEncoder({ sha256: '' });
    const opening = openGivenEncoder(async () => encoder, { backend: 'auto' });
    await expect(opening).rejects.toMatchObject({ code: 'verifier/invalid' });
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(encoder[asyncDispose]).toHaveBeenCalledTimes(1);
  });

  it('stops at once when it is aborted, and closes what comes late', async () => {
    const encoder = fakeEncoder();
    const controller = new AbortController();
    let finish: () => void = () => undefined;
    const factory = () =>
      new Promise<Encoder>((resolve) => {
        finish = () => resolve(encoder);
      });
    const opening = openGivenEncoder(factory, { backend: 'auto', signal: controller.signal });
    controller.abort('enough');
    await expect(opening).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    finish();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(encoder[asyncDispose]).toHaveBeenCalledTimes(1);
  });
});
