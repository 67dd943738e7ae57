// @module-tag slow
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { sha256 } from '../models/download-hash.js';
import { seededFeatures } from '../models/seeded-features.js';
import { openRuntime } from '../runtime/index.js';
import { TINY_BANDS, TINY_SIZE, tinyEncoder } from '../runtime/tiny-graph.fixture.js';
import { fakeEncoder } from './fake-voices.fixture.js';
import { openEngine } from './open-engine.js';
import type { Engine, HearOptions } from './types.js';

const folder = mkdtempSync(join(tmpdir(), 'voiceprint-engine-'));
let engine: Engine;
let truth: number[];

beforeAll(async () => {
  const runtime = await openRuntime({ backend: 'wasm' });
  const session = await runtime.openSession(tinyEncoder());
  const data = seededFeatures(1, 60, TINY_BANDS);
  const { y } = await session.run({
    x: { type: 'float32', dims: [1, 60, TINY_BANDS], data },
  });
  truth = Array.from(y?.data ?? [], Number);
  await runtime.dispose();
  await writeModel({});
  engine = await openEngine({ model: folder });
});

afterAll(async () => {
  await engine[asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function writeModel(changes: Record<string, unknown>): Promise<void> {
  const model = new Uint8Array(tinyEncoder());
  writeFileSync(join(folder, 'model.onnx'), model);
  const manifest = {
    format: 1,
    name: 'tiny',
    version: '1',
    architecture: 'ecapa-tdnn',
    upstream: { class: 'x', config: {} },
    licence: 'Apache-2.0',
    precision: 'fp32',
    files: { model: { path: 'model.onnx', sha256: await sha256(model), bytes: model.length } },
    frontEnd: {
      recipe: 'speechbrain',
      parameters: { n_mels: TINY_BANDS, normalization: 'sentence-mean' },
    },
    sampleRate: 16000,
    input: { name: 'x', minimumFrames: 5 },
    output: { name: 'y' },
    embeddingSize: TINY_SIZE,
    minimumSeconds: 1,
    recommendedSeconds: 6,
    thresholds: [],
    calibration: [],
    selfCheck: { seed: 1, frames: 60, embedding: truth, minimumCosine: 0.9999 },
    training: { data: [], recipe: '' },
    figures: [],
    ...changes,
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

function tone(seconds: number): Float32Array {
  return Float32Array.from({ length: seconds * 16000 }, (_, i) => {
    return 0.3 * Math.sin(i * (0.05 + 0.03 * Math.sin(i / 4000)));
  });
}

describe('openEngine', () => {
  it('opens a folder in Node, and reports what it does', async () => {
    const stages: string[] = [];
    const other = await openEngine({
      model: folder,
      onProgress: ({ stage }) => stages.push(stage),
    });
    expect([...new Set(stages)]).toEqual(['manifest', 'model', 'backend', 'self-check', 'ready']);
    expect(other.backend).toMatchObject({ name: 'wasm', threads: 1 });
    await other[asyncDispose]();
  });

  it.each([
    ['numbers that are off', { selfCheck: { seed: 2, frames: 60 } }, 'backend/failed'],
    ['another output', { output: { name: 'z' } }, 'model/mismatch'],
    ['another input', { input: { name: 'z', minimumFrames: 5 } }, 'model/mismatch'],
    ['another sample rate', { sampleRate: 8000 }, 'model/malformed'],
  ])('refuses %s', async (_what, changes, code) => {
    const check = { embedding: truth, minimumCosine: 0.9999, seed: 1, frames: 60 };
    const selfCheck = 'selfCheck' in changes ? { ...check, ...changes.selfCheck } : check;
    await writeModel({ ...changes, selfCheck });
    await expect(openEngine({ model: folder })).rejects.toMatchObject({ code });
    await writeModel({});
  });
});

describe('openEngine with an encoder of the caller', () => {
  it('hears with it, on speech detection alone, and closes it', async () => {
    const closed = vi.fn(async () => undefined);
    const encoder = fakeEncoder({ [asyncDispose]: closed });
    const given = await openEngine({ encoder });
    expect(given.models).toEqual([encoder.model]);
    const { pieces } = await given.hear(tone(2), { detect: false, unusable: true });
    expect(pieces[0]?.embeddings.get(encoder.model.sha256)).toHaveLength(2);
    await given[asyncDispose]();
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it('closes it where a model beside it takes whole utterances only', async () => {
    const closed = vi.fn(async () => undefined);
    const encoder = fakeEncoder({ [asyncDispose]: closed });
    await expect(openEngine({ encoder, streamingModel: folder })).rejects.toMatchObject({
      code: 'model/unsupported',
      message: expect.stringContaining('streamingModel is tiny'),
    });
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it('is told of the model that decides only', async () => {
    const stages: string[] = [];
    await expect(
      openEngine({
        model: folder,
        streamingModel: folder,
        onProgress: ({ stage, done }) => stages.push(`${stage} ${done}`),
      }),
    ).rejects.toMatchObject({ code: 'model/unsupported' });
    expect(stages.filter((stage) => stage === 'self-check 1')).toHaveLength(1);
  });

  it('needs a model or an encoder', async () => {
    await expect(openEngine({})).rejects.toMatchObject({ code: 'verifier/invalid' });
  });
});

/** As the verifier's `embedLengths` asks: all of it, whatever its quality. */
const WHOLE: HearOptions = { part: 'whole', unusable: true };

async function embed(by: Engine, samples: Float32Array): Promise<Float32Array> {
  const { pieces } = await by.hear(samples, WHOLE);
  return pieces[0]?.embeddings.get(by.models[0]?.sha256 ?? '') ?? new Float32Array();
}

describe('Engine', () => {
  it('embeds speech and leaves the samples alone', async () => {
    const speech = tone(2);
    const before = speech.slice(0, 100);
    const values = await embed(engine, speech);
    expect(values).toHaveLength(TINY_SIZE);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(speech.subarray(0, 100)).toEqual(before);
    expect(await embed(engine, speech)).toEqual(values);
  });

  it('embeds a long recording in windows', async () => {
    const values = await embed(engine, tone(21));
    expect(Math.hypot(...values)).toBeGreaterThan(0);
    expect(Math.hypot(...values)).toBeLessThanOrEqual(1.0001);
  });

  it('refuses what it cannot embed', async () => {
    const broken = tone(1);
    broken[77] = Number.NaN;
    const failure = { code: 'audio/invalid', message: expect.stringContaining('sample 77 is NaN') };
    await expect(engine.hear(broken)).rejects.toMatchObject(failure);
    const listening = await engine.listen({});
    await expect(listening.push(broken, broken.length)).rejects.toMatchObject(failure);
    await listening[asyncDispose]();
    for (const length of [0, 1, 300]) {
      await expect(engine.hear(new Float32Array(length), WHOLE)).rejects.toMatchObject({
        code: 'audio/too-short',
      });
    }
  });

  it('finds no speech in silence', async () => {
    const { quality, pieces } = await engine.hear(new Float32Array(32000));
    expect(quality).toMatchObject({ usable: false, speechSeconds: 0, seconds: 2 });
    expect(pieces).toEqual([]);
    const listening = await engine.listen({});
    const step = await listening.push(new Float32Array(4000), 4000);
    expect(step).toMatchObject({ speaking: false, speechSeconds: 0, embedding: undefined });
    await listening[asyncDispose]();
    await expect(listening.push(new Float32Array(10), 10)).rejects.toMatchObject({
      code: 'disposed',
    });
  });

  it('refuses everything once it is disposed', async () => {
    const other = await openEngine({ model: folder });
    const run = embed(other, tone(1));
    const disposal = other[asyncDispose]();
    expect(await run).toHaveLength(TINY_SIZE);
    await disposal;
    await other[asyncDispose]();
    const disposed = { code: 'disposed' };
    await expect(other.hear(tone(1))).rejects.toMatchObject(disposed);
    await expect(other.listen({})).rejects.toMatchObject(disposed);
    await expect(other.search(tone(1), 1)).rejects.toMatchObject(disposed);
  });
});
