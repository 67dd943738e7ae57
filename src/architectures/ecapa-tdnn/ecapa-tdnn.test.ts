// @module-tag slow

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import decode from 'audio-decode';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../checkpoint/index.js';
import { speechbrainFbank } from '../../features/index.js';
import { SHARED } from '../../platform/checkout.fixture.js';
import { openRuntime } from '../../runtime/index.js';
import { buildGraph } from '../build-graph.js';
import { recognizeArchitecture } from '../recognize.js';

const shared = SHARED;
const folder = resolve(shared, 'checkpoints/ecapa-c256');
const absent = !existsSync(folder);
if (absent) console.warn(`skipped: ${folder} is absent, and with it the trained ECAPA-TDNN`);

describe.skipIf(absent)('the trained ECAPA-TDNN', () => {
  it('is recognized and gives the embeddings that SpeechBrain gives', async () => {
    const { tensors } = readCheckpoint(readFileSync(resolve(folder, 'embedding_model.ckpt')));
    const { ctor } = JSON.parse(readFileSync(resolve(folder, 'config.json'), 'utf8'));
    const recognized = recognizeArchitecture(tensors);
    expect(recognized?.config).toMatchObject(ctor);
    const runtime = await openRuntime({ backend: 'wasm', threads: 1 });
    const model = buildGraph(recognized?.class ?? '', recognized?.config ?? {}, tensors);
    const session = await runtime.openSession(model);
    const frontEnd = speechbrainFbank();
    const expected = JSON.parse(readFileSync(resolve(folder, 'expected.json'), 'utf8'));
    for (const [file, { frames, embedding }] of Object.entries<{
      frames: number;
      embedding: number[];
    }>(expected)) {
      const audio = await decode(readFileSync(resolve(shared, 'speech/dev', file)));
      const features = frontEnd.compute(audio.channelData[0] ?? new Float32Array());
      expect(features.frames).toBe(frames);
      const dims = [1, frames, 80];
      const { y } = await session.run({ x: { type: 'float32', dims, data: features.data } });
      const largest = Math.max(...embedding.map(Math.abs));
      const worst = Math.max(...embedding.map((e, i) => Math.abs(e - Number(y?.data[i]))));
      expect(worst / largest).toBeLessThan(1e-5);
    }
    await runtime.dispose();
  }, 120_000);
});
