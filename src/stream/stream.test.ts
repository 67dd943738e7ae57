// @module-tag slow

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  causalTdnnTensors,
  TINY_CAUSAL,
} from '../architectures/causal-tdnn/causal-tdnn.fixture.js';
import { decodeInNode } from '../audio/decode/decode-node.js';
import { convertCheckpoint } from '../convert/convert.js';
import { openEngine } from '../engine/open-engine.js';
import type { ModelFiles } from '../models/given-files.js';
import { safetensorsOf } from '../models/tiny-ecapa.fixture.js';
import { ROOT } from '../platform/checkout.fixture.js';
import { runGraphOnce } from '../runtime/run-graph-once.js';
import { openVault } from '../vault/index.js';
import type { Verifier } from '../verifier/types.js';
import { assembleVerifier } from '../verifier/verifier.js';
import type { StreamEvent, StreamOptions } from './types.js';

const RATE = 16_000;
/** Real networks on a processor that others may use too. */
const TIME = 300_000;

function clip(name: string): Promise<Float32Array> {
  const path = resolve(ROOT, `demo/voices/${name}.flac`);
  return decodeInNode(new Uint8Array(readFileSync(path)));
}

const silence = (seconds: number) => new Float32Array(Math.round(seconds * RATE));

async function open(model: string | ModelFiles): Promise<Verifier> {
  return assembleVerifier({
    engine: await openEngine({ model, backend: 'wasm' }),
    vault: await openVault({ storage: 'memory' }),
    decode: decodeInNode,
    openMicrophone: () => Promise.reject(new Error('not in this test')),
    falseAcceptRate: 0.05,
  });
}

/** Plays parts to a stream in pieces of odd sizes, as fast as it takes them. */
async function play(
  verifier: Verifier,
  parts: readonly Float32Array[],
  options: StreamOptions = {},
) {
  const events: StreamEvent[] = [];
  const stream = verifier.stream(undefined, {
    source: 'pushed',
    ...options,
    onEvent: (event) => events.push(event),
  });
  await stream.ready;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 1111) await stream.push(part.subarray(at, at + 1111));
  }
  return { summary: await stream.stop(), events, stream };
}

describe('a stream through the default model', () => {
  let verifier: Verifier;
  beforeAll(async () => {
    verifier = await open('default');
    for (const name of ['ada', 'ben']) {
      await verifier.enroll(name, { samples: await clip(`${name}-1`), sampleRate: RATE });
    }
  }, TIME);
  afterAll(() => verifier.dispose());

  it(
    'accepts, and sees another speaker within 2 s of their speech, without a pause to help',
    async () => {
      const ada = await clip('ada-3');
      // Without the silence around it: the worst case.
      const ben = (await clip('ben-3')).subarray(0.4 * RATE);
      const spoken = ada.subarray(0, ada.length - 0.3 * RATE);
      const { summary, events, stream } = await play(verifier, [spoken, ben, silence(3.5)], {
        mode: 'window',
      });
      expect(stream.mode).toBe('window');
      const told = events.filter(({ type }) => type !== 'score').map(({ type }) => type);
      expect(told).toEqual(['accept', 'speaker-change', 'accept', 'no-speech']);
      expect(events.find((event) => event.type === 'accept')).toMatchObject({ speaker: 'ada' });
      const change = events.find((event) => event.type === 'speaker-change');
      expect(change).toMatchObject({ from: 'ada', to: 'ben' });
      const scores = events.filter((event) => event.type === 'score');
      // Counted from the last score that was Ada's alone.
      const before = scores.findLast(({ atSeconds }) => atSeconds <= spoken.length / RATE);
      const after = scores.find(({ speaker }) => speaker === 'ben');
      expect((after?.speechSeconds ?? 9) - (before?.speechSeconds ?? 0)).toBeLessThan(2);
      expect(summary.firstDecisionSeconds).toBeLessThan(2);
      expect(summary.droppedSeconds).toBe(0);
      expect(scores.every(({ candidates }) => candidates.length === 2)).toBe(true);
      expect(scores.at(-1)?.llr).toBeGreaterThan(0);
    },
    TIME,
  );

  it(
    'scores no silence and no noise',
    async () => {
      let state = 1;
      const noise = silence(2).map(() => {
        state = (state * 48_271) % 2_147_483_647;
        return (state / 2_147_483_647 - 0.5) * 0.02;
      });
      const { events, summary } = await play(verifier, [silence(2), noise]);
      expect(events.map(({ type }) => type)).toEqual(['no-speech']);
      expect(summary).toMatchObject({ speechSeconds: 0, turns: [] });
    },
    TIME,
  );
});

describe('a stream through a causal model', () => {
  let verifier: Verifier;
  beforeAll(async () => {
    const prior = new Array<number>(80).fill(-5);
    const parameters = {
      center: false,
      normalize: 'running-mean',
      running_mean: { prior, frames: 50 },
    };
    const { manifest, files } = await convertCheckpoint(
      safetensorsOf(causalTdnnTensors({ ...TINY_CAUSAL, input_size: 80, channels: 16 })),
      { name: 'tiny-stream', runGraph: runGraphOnce, frontEnd: { recipe: 'espnet', parameters } },
    );
    const json = new TextEncoder().encode(JSON.stringify(manifest));
    verifier = await open({ files: new Map([...files, ['manifest.json', json]]) });
    await verifier.enroll('ada', { samples: await clip('ada-1'), sampleRate: RATE });
  }, TIME);
  afterAll(() => verifier.dispose());

  it(
    'steps the encoder, and needs no more than a threshold',
    async () => {
      const { events, stream } = await play(verifier, [await clip('ada-2')], { threshold: -1 });
      expect(stream.mode).toBe('causal');
      const scores = events.filter((event) => event.type === 'score');
      expect(scores.length).toBeGreaterThan(8);
      expect(scores.at(-1)?.scoredSeconds).toBeGreaterThan(2);
      expect(scores.every(({ score }) => Number.isFinite(score))).toBe(true);
      expect(events.find((event) => event.type === 'accept')).toMatchObject({ speaker: 'ada' });
    },
    TIME,
  );
});
