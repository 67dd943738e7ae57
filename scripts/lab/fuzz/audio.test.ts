import crc32 from 'crc-32';
import { expect, test } from 'vitest';
import { decodeInNode } from '../../../src/audio/decode/decode-node.js';
import { VoiceprintError } from '../../../src/errors.js';
import { mutatedAudio } from './audio.js';
import { audioSeeds, silentMp3 } from './audio-seeds.js';

const INPUTS = 400;

/** The first inputs of a sequence. */
function inputs(count: number, options: { seed?: number; from?: number } = {}) {
  const sequence = mutatedAudio(audioSeeds(), options);
  return Array.from({ length: count }, () => sequence.next().value);
}

/** A sequence as text: what was done, and what came of it. */
function shown(sequence: ReturnType<typeof inputs>): string[] {
  return sequence.map(
    ({ from, mutations, bytes }) => `${from} ${mutations} ${bytes.length} ${crc32.buf(bytes)}`,
  );
}

test('a sequence is the same for the same seed, from any place', () => {
  const first = shown(inputs(20));
  expect(shown(inputs(20))).toEqual(first);
  expect(shown(inputs(5, { from: 15 }))).toEqual(first.slice(15));
  expect(shown(inputs(20, { seed: 2 }))).not.toEqual(first);
});

test('every seed decodes', async () => {
  for (const [name, bytes] of audioSeeds()) {
    const samples = await decodeInNode(bytes).catch((error: unknown) => String(error));
    expect.soft(samples, name).toBeInstanceOf(Float32Array);
  }
});

test('an MP3 that was cut at its beginning decodes', async () => {
  const mp3 = silentMp3(40);
  const whole = await decodeInNode(mp3);
  const cut = await decodeInNode(mp3.subarray(1_000));
  expect(whole.length / 16_000).toBeCloseTo((40 * 1_152) / 44_100, 1);
  expect(cut.length).toBeGreaterThan(whole.length * 0.85);
});

test('mutated files give samples or a typed error, and none takes as long as all others', async () => {
  const failures: string[] = [];
  let slowest = { which: '', milliseconds: 0 };
  let total = 0;
  for (const { index, from, mutations, bytes } of inputs(INPUTS)) {
    const started = performance.now();
    const which = `${index}: ${from}, ${mutations.join(', ')}`;
    try {
      const samples = await decodeInNode(bytes, { maximumSeconds: 30 });
      if (!samples.every(Number.isFinite)) failures.push(`${which}: not finite`);
    } catch (error) {
      if (!(error instanceof VoiceprintError)) failures.push(`${which}: ${String(error)}`);
    }
    const milliseconds = performance.now() - started;
    total += milliseconds;
    if (milliseconds > slowest.milliseconds) slowest = { which, milliseconds };
  }
  expect(failures).toEqual([]);
  expect(slowest.milliseconds, slowest.which).toBeLessThan(total / 2);
}, 120_000);
