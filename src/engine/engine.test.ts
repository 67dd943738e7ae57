import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { createEngine } from './engine.js';
import { fakeDetector, fakeEncoder, MODEL, RATE, silence, voice } from './fake-voices.fixture.js';

const other = { ...MODEL, name: 'other', sha256: 'c'.repeat(64) };

function counted(model = MODEL) {
  const lengths: number[] = [];
  const encoder = fakeEncoder({
    model,
    async encode({ length }) {
      lengths.push(length / RATE);
      return {
        values: Float32Array.of(length, 1),
        featuresMilliseconds: 2,
        encoderMilliseconds: 3,
      };
    },
  });
  return { encoder, lengths };
}

describe('createEngine', () => {
  it('needs an encoder, and no model twice', () => {
    const invalid = expect.objectContaining({ code: 'verifier/invalid' });
    expect(() => createEngine(fakeDetector(), [])).toThrowError(invalid);
    expect(() => createEngine(fakeDetector(), [fakeEncoder(), fakeEncoder()])).toThrowError(
      invalid,
    );
  });

  it('has models that print in a screenful, cohort and all', () => {
    const cohort = Array.from({ length: 2000 }, () => new Float32Array(192).fill(1));
    const normalization = Object.defineProperty(
      { kind: 'as-norm' as const, top: 200, thresholds: [], calibration: [], cohort },
      'cohort',
      { enumerable: false },
    );
    const engine = createEngine(fakeDetector(), [
      fakeEncoder({ model: { ...MODEL, normalization } }),
    ]);
    const [model] = engine.models;
    expect(model?.normalization?.cohort).toBe(cohort);
    expect(inspect(model, { depth: 9 }).length).toBeLessThan(2500);
    expect(JSON.stringify(model).length).toBeLessThan(2500);
  });
});

describe('hear', () => {
  it('embeds each piece by each model that was asked for, and adds up the time', async () => {
    const [first, second] = [counted(), counted(other)];
    const engine = createEngine(fakeDetector(), [first.encoder, second.encoder]);
    const cut = { kind: 'equal', seconds: 2 } as const;
    const heard = await engine.hear(voice(10, 5), { cut });
    expect(heard.pieces.map(({ seconds }) => seconds)).toEqual([2.5, 2.5]);
    expect(heard.pieces.map(({ embeddings }) => [...embeddings.keys()])).toEqual([
      [MODEL.sha256, other.sha256],
      [MODEL.sha256, other.sha256],
    ]);
    expect([heard.featuresMilliseconds, heard.encoderMilliseconds]).toEqual([8, 12]);
    await engine.hear(voice(10, 3), { models: [other.sha256] });
    expect([first.lengths, second.lengths]).toEqual([
      [2.5, 2.5],
      [2.5, 2.5, 3],
    ]);
    await expect(engine.hear(voice(10, 3), { models: ['x'] })).rejects.toMatchObject({
      code: 'model/mismatch',
    });
  });

  it('leaves a clip that is short whole, and cuts none that is not usable', async () => {
    const { encoder, lengths } = counted();
    const engine = createEngine(fakeDetector(), [encoder]);
    const cut = { kind: 'equal', seconds: 2 } as const;
    expect((await engine.hear(voice(10, 3), { cut })).pieces).toHaveLength(1);
    const short = await engine.hear(voice(10, 0.5), { cut });
    expect([short.quality.usable, short.pieces]).toEqual([false, []]);
    expect((await engine.hear(voice(10, 0.5), { unusable: true })).pieces).toHaveLength(1);
    const strict = await engine.hear(voice(10, 3), { minimumSpeechSeconds: 4 });
    expect(strict.quality.reasons).toContain('too-short');
    expect(lengths).toEqual([3, 0.5]);
  });

  it('embeds the speech alone, or the whole clip', async () => {
    const { encoder, lengths } = counted();
    const detect = async () => [{ start: 1, end: 3 }];
    const engine = createEngine(fakeDetector({ detect }), [encoder]);
    const clip = voice(10, 4)
      .fill(0, 0, RATE)
      .fill(0, 3 * RATE);
    await engine.hear(clip);
    await engine.hear(clip, { part: 'whole' });
    expect(lengths).toEqual([2, 4]);
    await engine.hear(clip, { models: [] });
    expect(lengths).toHaveLength(2);
  });

  it('takes all of a clip for speech where none is looked for', async () => {
    const { encoder, lengths } = counted();
    const detect = vi.fn(async () => []);
    const engine = createEngine(fakeDetector({ detect }), [encoder]);
    const { quality } = await engine.hear(voice(10, 3), { detect: false });
    expect(detect).not.toHaveBeenCalled();
    expect([lengths, quality.speechSeconds]).toEqual([[3], 3]);
  });

  it('embeds the beginning at several lengths, each distinct stretch once', async () => {
    const { encoder, lengths } = counted();
    const engine = createEngine(fakeDetector(), [encoder]);
    const cut = { kind: 'starts', seconds: [1, 2, null, 60] } as const;
    const { pieces } = await engine.hear(voice(10, 3), { cut });
    expect(pieces.map(({ seconds }) => seconds)).toEqual([1, 2, 3, 3]);
    expect(lengths).toEqual([1, 2, 3]);
    for (const seconds of [0, -1, Number.NaN]) {
      const bad = { cut: { kind: 'starts', seconds: [seconds] } } as const;
      await expect(engine.hear(voice(10, 3), bad)).rejects.toMatchObject({
        code: 'verifier/invalid',
        message: expect.stringContaining(String(seconds)),
      });
    }
  });
});

describe('listen', () => {
  const embed = {
    model: MODEL.sha256,
    mode: 'window',
    windowSeconds: 3,
    scoresPerSecond: 4,
  } as const;

  it('tells of speech and of turns, with no encoder at work', async () => {
    const { encoder, lengths } = counted();
    const listening = await createEngine(fakeDetector(), [encoder]).listen({});
    const push = (samples: Float32Array) => listening.push(samples, samples.length);
    expect(await push(voice(10, 1))).toMatchObject({ speaking: true, speechSeconds: 1, turn: 0 });
    expect(await push(silence(1))).toMatchObject({ speaking: false, silentSeconds: 1 });
    const next = await push(voice(20, 0.5));
    expect(next).toMatchObject({ speechSeconds: 1.5, turn: 1, turnSeconds: 0.5 });
    expect(next.embedding).toBeUndefined();
    expect(lengths).toEqual([]);
  });

  it('waits where an encoder wants more speech than a turn has yet', async () => {
    const encoder = fakeEncoder();
    const { encode } = encoder;
    const { VoiceprintError } = await import('../errors.js');
    const patient = {
      ...encoder,
      async encode(speech: Float32Array) {
        if (speech.length < 2 * RATE) throw new VoiceprintError('audio/too-short', 'speak on');
        return encode(speech);
      },
    };
    const listening = await createEngine(fakeDetector(), [patient]).listen({ embed });
    const early = await listening.push(voice(10, 1.5), 1.5 * RATE);
    expect([early.embedding, early.speechSeconds]).toEqual([undefined, 1.5]);
    const late = await listening.push(voice(10, 1), RATE);
    expect(late.embedding?.scoredSeconds).toBeGreaterThanOrEqual(2);
  });

  it('refuses a mode that the model cannot, and a model that is not there', async () => {
    const engine = createEngine(fakeDetector(), [fakeEncoder()]);
    await expect(engine.listen({ embed: { ...embed, mode: 'causal' } })).rejects.toMatchObject({
      code: 'model/unsupported',
    });
    await expect(engine.listen({ embed: { ...embed, model: 'x' } })).rejects.toMatchObject({
      code: 'model/mismatch',
    });
  });

  it('is closed with the engine', async () => {
    const closed = vi.fn(async () => undefined);
    const openStream = async () => ({
      backend: fakeEncoder().backend,
      chunkSeconds: 0.16,
      push: async () => undefined,
      reset: async () => undefined,
      [asyncDispose]: closed,
    });
    const engine = createEngine(fakeDetector(), [fakeEncoder({ openStream })]);
    await engine.listen({ embed: { ...embed, mode: 'causal' } });
    const second = await engine.listen({ embed: { ...embed, mode: 'causal' } });
    await second[asyncDispose]();
    expect(closed).toHaveBeenCalledTimes(1);
    await engine[asyncDispose]();
    expect(closed).toHaveBeenCalledTimes(2);
  });
});
