// @module-tag slow
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../models/download-hash.js';
import { seededFeatures } from '../models/seeded-features.js';
import { openRuntime } from '../runtime/index.js';
import { TINY_BANDS, TINY_SIZE, tinyEncoder } from '../runtime/tiny-graph.fixture.js';
import { openEngine } from './engine.js';
import type { Engine } from './engine-types.js';

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
  await engine.dispose();
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
    await other.dispose();
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

describe('Engine', () => {
  it('embeds speech and leaves the samples alone', async () => {
    const speech = tone(2);
    const before = speech.slice(0, 100);
    const { values } = await engine.embed(speech);
    expect(values).toHaveLength(TINY_SIZE);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(speech.subarray(0, 100)).toEqual(before);
    expect((await engine.embed(speech)).values).toEqual(values);
  });

  it('embeds a long recording in windows', async () => {
    const { values } = await engine.embed(tone(21));
    expect(Math.hypot(...values)).toBeGreaterThan(0);
    expect(Math.hypot(...values)).toBeLessThanOrEqual(1.0001);
  });

  it('refuses what it cannot embed', async () => {
    const broken = tone(1);
    broken[77] = Number.NaN;
    const failure = { code: 'audio/invalid', message: expect.stringContaining('sample 77 is NaN') };
    await expect(engine.embed(broken)).rejects.toMatchObject(failure);
    await expect(engine.analyse(broken)).rejects.toMatchObject(failure);
    for (const length of [0, 1, 300]) {
      await expect(engine.embed(new Float32Array(length))).rejects.toMatchObject({
        code: 'audio/too-short',
      });
    }
  });

  it('finds no speech in silence', async () => {
    const { quality } = await engine.analyse(new Float32Array(32000));
    expect(quality).toMatchObject({ usable: false, speechSeconds: 0, seconds: 2 });
    const stream = await engine.openSpeechStream();
    const { speaking, speechSeconds } = await stream.push(new Float32Array(4000));
    expect({ speaking, speechSeconds }).toEqual({ speaking: false, speechSeconds: 0 });
    await stream.close();
    await expect(stream.push(new Float32Array(10))).rejects.toMatchObject({
      code: 'backend/disposed',
    });
  });

  it('refuses everything once it is disposed', async () => {
    const other = await openEngine({ model: folder });
    const run = other.embed(tone(1));
    const disposal = other.dispose();
    expect((await run).values).toHaveLength(TINY_SIZE);
    await disposal;
    await other.dispose();
    const disposed = { code: 'backend/disposed' };
    await expect(other.embed(tone(1))).rejects.toMatchObject(disposed);
    await expect(other.analyse(tone(1))).rejects.toMatchObject(disposed);
    await expect(other.openSpeechStream()).rejects.toMatchObject(disposed);
  });
});
