// @module-tag slow

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SHARED } from '../../platform/checkout.fixture.js';
import { openRuntime } from '../../runtime/index.js';
import type { Runtime } from '../../runtime/types.js';
import type { Session } from '../../tensor.js';
import { decodeInNode } from '../decode/decode-node.js';
import { mix, noise, rms } from '../fixtures/signals.js';
import { judgeQuality } from '../quality/quality.js';
import { SILERO } from './silero.js';
import { createSpeechDetector, type SpeechDetector } from './speech-detector.js';
import { speechSecondsOf } from './speech-segments.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const weights = readFileSync(join(root, 'models', SILERO.path));
const shared = join(SHARED, 'speech');

let runtime: Runtime;
let detector: SpeechDetector;
let utterance: Float32Array;

beforeAll(async () => {
  runtime = await openRuntime({ backend: 'wasm' });
  detector = createSpeechDetector(await runtime.openSession(new Uint8Array(weights), 'cpu'));
  utterance = await decodeInNode(
    readFileSync(new URL('../fixtures/utterance.flac', import.meta.url)),
  );
});
afterAll(() => runtime.dispose());

test('the weights are the ones that are named', () => {
  expect(weights.byteLength).toBe(SILERO.bytes);
  expect(createHash('sha256').update(weights).digest('hex')).toBe(SILERO.sha256);
});

test('speech is found between its pauses', async () => {
  const segments = await detector.detect(utterance);
  const seconds = utterance.length / 16_000;
  expect(segments[0]?.start).toBeGreaterThan(0.4);
  expect(segments[0]?.start).toBeLessThan(0.9);
  expect(segments.at(-1)?.end).toBeLessThan(seconds - 0.3);
  expect(speechSecondsOf(segments)).toBeGreaterThan(seconds - 2);
});

test('speech is found in noise of 10 dB', async () => {
  const noisy = mix(utterance, noise(utterance.length, rms(utterance) * 10 ** (-10 / 20)));
  const clean = speechSecondsOf(await detector.detect(utterance));
  expect(speechSecondsOf(await detector.detect(noisy)) / clean).toBeGreaterThan(0.7);
});

test.each([
  ['silence', new Float32Array(32_000)],
  ['white noise', noise(32_000, 0.1)],
  ['nothing', new Float32Array(0)],
  ['less than a frame', noise(100, 0.1)],
])('%s holds no speech', async (_name, samples) => {
  expect(await detector.detect(samples)).toEqual([]);
});

test('clips do not hear each other', async () => {
  const alone = await detector.detect(utterance);
  const [silent, speaking] = await Promise.all([
    detector.detect(new Float32Array(utterance.length)),
    detector.detect(utterance),
  ]);
  expect(silent).toEqual([]);
  expect(speaking).toEqual(alone);
});

test('a failed run fails that push of a gate alone', async () => {
  let fail = true;
  const session: Session = {
    inputNames: ['frames', 'hidden', 'cell'],
    outputNames: ['probability', 'hiddenN', 'cellN'],
    run: async ({ frames }) => {
      if (fail) throw new Error('trapped');
      const count = frames?.dims[0] ?? 0;
      return {
        probability: {
          type: 'float32',
          dims: [count, 1],
          data: new Float32Array(count).fill(1),
        },
        hiddenN: { type: 'float32', dims: [1, 1, 128], data: new Float32Array(128) },
        cellN: { type: 'float32', dims: [1, 1, 128], data: new Float32Array(128) },
      };
    },
    dispose: async () => undefined,
  };
  const gate = createSpeechDetector(session).openGate();
  await expect(gate.push(new Float32Array(512))).rejects.toThrow('trapped');
  fail = false;
  expect((await gate.push(new Float32Array(4 * 512))).speaking).toBe(true);
});

test('another graph is refused', () => {
  const session: Session = {
    inputNames: ['x'],
    outputNames: ['y'],
    run: async () => ({}),
    dispose: async () => undefined,
  };
  expect(() => createSpeechDetector(session)).toThrow(/no input frames, hidden, cell/);
});

const recordings = existsSync(join(shared, 'noise'));
if (!recordings) console.warn(`skipped: no recordings in ${shared} to test speech detection on`);

describe.skipIf(!recordings)('on recordings', () => {
  const load = (path: string) => decodeInNode(readFileSync(join(shared, path)));

  test('noises hold (almost) no speech', async () => {
    let speech = 0;
    let seconds = 0;
    for (const file of readdirSync(join(shared, 'noise')).filter((f) => f.endsWith('.flac'))) {
      const samples = (await load(`noise/${file}`)).subarray(0, 5 * 16_000);
      speech += speechSecondsOf(await detector.detect(samples));
      seconds += samples.length / 16_000;
    }
    expect(speech / seconds).toBeLessThan(0.05);
  });

  test('speech is found and its ratio to the noise estimated', async () => {
    const speech = (await load('dialogue/katie_enroll.flac')).subarray(0, 10 * 16_000);
    const segments = await detector.detect(speech);
    const clean = speechSecondsOf(segments);
    const kitchen = await load('noise/gsc_running_tap.flac');
    const loudness = 10 ** ((judgeQuality(speech, segments).levelDb ?? 0) / 20);
    for (const ratio of [20, 10, 5]) {
      const scale = (loudness / rms(kitchen)) * 10 ** (-ratio / 20);
      const mixed = speech.map((v, i) => v + scale * (kitchen[i % kitchen.length] ?? 0));
      const found = await detector.detect(mixed);
      expect(speechSecondsOf(found) / clean).toBeGreaterThan(0.7);
      const { snrDb } = judgeQuality(mixed, found);
      expect(Math.abs((snrDb ?? 99) - ratio)).toBeLessThan(3.5);
    }
  });
});
