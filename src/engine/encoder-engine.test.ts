import { describe, expect, it, vi } from 'vitest';
import type { EncoderModel, SpeakerEncoder } from './encoder/types.js';
import { joinEngine, openEncoderEngine } from './encoder-engine.js';
import type { SpeechEngine } from './types.js';

const model: EncoderModel = {
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
  reason: '',
} as const;

function fakeSpeech() {
  const refuse = async (): Promise<never> => Promise.reject(new Error('not expected'));
  return {
    backend,
    analyse: refuse,
    openSpeechStream: refuse,
    openSpeechGate: refuse,
    dispose: vi.fn(async () => undefined),
  } satisfies SpeechEngine;
}

function fakeEncoder(changes: Partial<EncoderModel> = {}, values: readonly number[] = [3, 4]) {
  return {
    model: { ...model, ...changes },
    backend: { ...backend, reason: 'mine' },
    encode: vi.fn(async (_speech: Float32Array) => ({
      values: Float32Array.from(values),
      featuresMilliseconds: 1,
      encoderMilliseconds: 2,
    })),
    dispose: vi.fn(async () => undefined),
  } satisfies SpeakerEncoder;
}

const seconds = (count: number): Float32Array => new Float32Array(count * 16_000).fill(0.1);

describe('joinEngine', () => {
  it('describes the model as a manifest and reports the backend of the encoder', () => {
    const engine = joinEngine(fakeSpeech(), fakeEncoder());
    expect(engine.manifest).toMatchObject({
      name: 'somebody/their-model',
      sampleRate: 16_000,
      files: { model: { sha256: 'b'.repeat(64), bytes: 7 } },
    });
    expect(engine.backend.reason).toBe('mine');
  });

  it('embeds short speech whole and long speech in windows', async () => {
    const encoder = fakeEncoder();
    const engine = joinEngine(fakeSpeech(), encoder);
    expect((await engine.embed(seconds(3))).values).toEqual(Float32Array.of(3, 4));
    const long = await engine.embed(seconds(50));
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
    await expect(joinEngine(fakeSpeech(), encoder).embed(speech)).rejects.toMatchObject({ code });
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
    expect(() => joinEngine(fakeSpeech(), fakeEncoder(changes))).toThrowError(
      expect.objectContaining({ code: 'verifier/invalid', message: expect.stringContaining(word) }),
    );
  });

  it('closes both parts, once', async () => {
    const speech = fakeSpeech();
    const encoder = fakeEncoder();
    const engine = joinEngine(speech, encoder);
    await engine.dispose();
    await engine.dispose();
    expect(speech.dispose).toHaveBeenCalledTimes(1);
    expect(encoder.dispose).toHaveBeenCalledTimes(1);
    await expect(engine.embed(seconds(2))).rejects.toMatchObject({ code: 'disposed' });
  });
});

describe('openEncoderEngine', () => {
  it('says when it is ready', async () => {
    const stages: string[] = [];
    await openEncoderEngine(
      async () => fakeSpeech(),
      async ({ onProgress }) => {
        onProgress?.({ stage: 'model', done: 1 });
        return fakeEncoder();
      },
      { backend: 'auto', onProgress: ({ stage }) => stages.push(stage) },
    );
    expect(stages).toEqual(['model', 'ready']);
  });

  it.each(['speech', 'encoder', 'model'])(
    'closes what it opened when the %s fails',
    async (what) => {
      const speech = fakeSpeech();
      const encoder = fakeEncoder(what === 'model' ? { sha256: '' } : {});
      const opening = openEncoderEngine(
        async () => {
          if (what === 'speech') throw new Error('no speech');
          return speech;
        },
        async () => {
          if (what === 'encoder') throw new Error('no encoder');
          return encoder;
        },
        { backend: 'auto' },
      );
      await expect(opening).rejects.toThrow();
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(speech.dispose).toHaveBeenCalledTimes(what === 'speech' ? 0 : 1);
      expect(encoder.dispose).toHaveBeenCalledTimes(what === 'encoder' ? 0 : 1);
    },
  );

  it('stops at once when it is aborted, and closes what comes late', async () => {
    const speech = fakeSpeech();
    const encoder = fakeEncoder();
    const controller = new AbortController();
    let finish: () => void = () => undefined;
    const opening = openEncoderEngine(
      async () => speech,
      () =>
        new Promise((resolve) => {
          finish = () => resolve(encoder);
        }),
      { backend: 'auto', signal: controller.signal },
    );
    controller.abort('enough');
    await expect(opening).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    finish();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(encoder.dispose).toHaveBeenCalledTimes(1);
    expect(speech.dispose).toHaveBeenCalledTimes(1);
  });
});
