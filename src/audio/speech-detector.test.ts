// @module-tag slow
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRuntime } from '../runtime/index.js';
import type { Runtime, Session } from '../runtime/types.js';
import { decodeInNode } from './decode-node.js';
import { mix, noise, rms } from './fixtures/signals.js';
import { judgeQuality } from './quality.js';
import { SILERO } from './silero.js';
import { createSpeechDetector, type SpeechDetector } from './speech-detector.js';
import { speechSecondsOf } from './speech-segments.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const weights = readFileSync(join(root, 'models', SILERO.path));
const shared = join(process.env.VOICEPRINT_SHARED ?? join(root, '../shared'), 'speech');

let runtime: Runtime;
let detector: SpeechDetector;
let utterance: Float32Array;

beforeAll(async () => {
  runtime = await openRuntime({ backend: 'wasm' });
  detector = createSpeechDetector(await runtime.openSession(new Uint8Array(weights), 'cpu'));
  utterance = await decodeInNode(
    readFileSync(new URL('./fixtures/utterance.flac', import.meta.url)),
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

test('a stream of odd chunks finds what the whole gives', async () => {
  const whole = await detector.detect(utterance);
  const stream = detector.openStream();
  const pushes = [];
  for (let start = 0; start < utterance.length; start += 700) {
    pushes.push(stream.push(utterance.subarray(start, start + 700)));
  }
  const states = await Promise.all(pushes);
  expect(stream.segments()).toEqual(whole);
  const last = states.at(-1);
  expect(last?.seconds).toBeCloseTo(utterance.length / 16_000, 6);
  expect(last?.speechSeconds).toBeCloseTo(speechSecondsOf(whole), 6);
  expect(last?.speaking).toBe(false);
  expect(states.some(({ speaking }) => speaking)).toBe(true);
});

test('streams do not hear each other', async () => {
  const silent = detector.openStream();
  const speaking = detector.openStream();
  await Promise.all([silent.push(new Float32Array(utterance.length)), speaking.push(utterance)]);
  expect(silent.segments()).toEqual([]);
  expect(speaking.segments()).toEqual(await detector.detect(utterance));
});

test('a failed run fails that push alone', async () => {
  let fail = true;
  const session: Session = {
    inputNames: ['input', 'state', 'sr'],
    outputNames: ['output', 'stateN'],
    run: async () => {
      if (fail) throw new Error('trapped');
      return {
        output: { type: 'float32', dims: [1, 1], data: Float32Array.of(1) },
        stateN: { type: 'float32', dims: [2, 1, 128], data: new Float32Array(256) },
      };
    },
    dispose: async () => undefined,
  };
  const stream = createSpeechDetector(session).openStream();
  await expect(stream.push(new Float32Array(512))).rejects.toThrow('trapped');
  fail = false;
  expect((await stream.push(new Float32Array(512))).speaking).toBe(true);
});

test('another graph is refused', () => {
  const session: Session = {
    inputNames: ['x'],
    outputNames: ['y'],
    run: async () => ({}),
    dispose: async () => undefined,
  };
  expect(() => createSpeechDetector(session)).toThrow(/no input input, state, sr/);
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
