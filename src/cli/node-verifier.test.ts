// @module-tag slow

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeInNode } from '../audio/decode/decode-node.js';
import { resample } from '../audio/decode/resample.js';
import type { PcmAudio } from '../audio/types.js';
import { ROOT } from '../platform/checkout.fixture.js';
import type { Verifier } from '../verifier/types.js';
import { openNodeVerifier } from './node-verifier.js';

const RATE = 16_000;
const voice = (name: string): Uint8Array => readFileSync(resolve(ROOT, `demo/voices/${name}.flac`));
const pcm = (samples: Float32Array, sampleRate = RATE): PcmAudio => ({ samples, sampleRate });

/** White noise, the same in every run. */
function noise(length: number, amplitude: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (amplitude * state) / 2 ** 31;
  });
}

/** A signal that is aborted once somebody has looked at it so many times: no clock decides. */
function abortedAfter(looks: number): AbortSignal {
  const { signal } = new AbortController();
  let seen = 0;
  Object.defineProperty(signal, 'aborted', { get: () => seen++ >= looks });
  return signal;
}

let verifier: Verifier;
let speech: Float32Array;

beforeAll(async () => {
  verifier = await openNodeVerifier('default');
  speech = await decodeInNode(voice('ada-3'));
  await verifier.enroll('ada', [voice('ada-1'), voice('ada-2')]);
}, 60_000);
afterAll(() => verifier.dispose());

describe('the shipped model in Node', () => {
  it('accepts the same synthesized voice and rejects others', async () => {
    for (const name of ['ada-3', 'ada-4']) {
      expect(await verifier.verify('ada', voice(name))).toMatchObject({ accepted: true });
    }
    for (const name of ['ben-1', 'ben-2', 'cal-1', 'cal-2']) {
      expect(await verifier.verify('ada', voice(name))).toMatchObject({ accepted: false });
    }
  });

  it('has a model that prints in a screenful', () => {
    expect(inspect(verifier.model).split('\n').length).toBeLessThan(70);
    expect(inspect(verifier.model).length).toBeLessThan(4000);
  });

  const words = (seconds: number) => () => {
    // From the first loud sample, so that it is words and not the silence before them.
    const begin = speech.findIndex((sample) => Math.abs(sample) > 0.1);
    return speech.slice(begin, begin + seconds * RATE);
  };
  it.each<[string, () => Float32Array, RegExp]>([
    ['no samples', () => new Float32Array(), /audio\/invalid/],
    ['one sample', () => Float32Array.of(0.5), /audio\/(silent|no-speech|too-short|invalid)/],
    ['digital silence', () => new Float32Array(3 * RATE), /audio\/silent/],
    ['faint noise', () => noise(3 * RATE, 1e-4), /audio\/silent/],
    ['noise', () => noise(3 * RATE, 0.3), /audio\/no-speech/],
    ['an offset', () => new Float32Array(3 * RATE).fill(0.7), /audio\/(no-speech|clipped|silent)/],
    [
      'a tone',
      () => Float32Array.from({ length: 3 * RATE }, (_, i) => 0.5 * Math.sin(i / 5)),
      /audio\/(no-speech|clipped)/,
    ],
    ['0.2 s of speech', words(0.2), /audio\/(too-short|no-speech)/],
    ['two words', words(0.7), /audio\/too-short/],
    [
      'a clipped voice',
      () => speech.map((x) => Math.max(-1, Math.min(1, 30 * x))),
      /audio\/clipped/,
    ],
    ['NaN', () => speech.map((x, i) => (i === 9000 ? Number.NaN : x)), /audio\/invalid/],
    ['infinity', () => speech.map((x, i) => (i === 9000 ? -Infinity : x)), /audio\/invalid/],
    ['integers', () => speech.map((x) => Math.round(32_767 * x)), /audio\/invalid/],
    ['an hour', () => new Float32Array(3600 * RATE), /audio\/too-long/],
  ])('neither enrolls nor scores %s', async (_, make, code) => {
    const audio = pcm(make());
    await expect(verifier.verify('ada', audio)).rejects.toMatchObject({
      code: expect.stringMatching(code),
    });
    await expect(verifier.enroll('eve', audio)).rejects.toMatchObject({
      code: expect.stringMatching(code),
    });
    await expect(verifier.identify(audio)).rejects.toMatchObject({
      code: expect.stringMatching(code),
    });
    expect((await verifier.list()).map(({ speaker }) => speaker)).toEqual(['ada']);
  });

  it.each([
    ['text', new TextEncoder().encode('hello, this is no audio\n')],
    ['nothing', new Uint8Array()],
    ['a header only', voice('ada-1').slice(0, 40)],
    ['a file of zeros', new Uint8Array(5000)],
    ['a web page', new TextEncoder().encode('<!doctype html>'.repeat(99))],
  ])('refuses a file that holds %s', async (_, bytes) => {
    await expect(verifier.verify('ada', bytes)).rejects.toMatchObject({
      code: 'audio/undecodable',
    });
  });

  it.each([22_050, 44_100, 48_000, 96_000])('scores %i Hz as 16 kHz', async (rate) => {
    const other = pcm(await resample(speech, RATE, rate), rate);
    const same = await verifier.verify('ada', pcm(speech));
    const result = await verifier.verify('ada', other);
    expect(Math.abs(result.cosine - same.cosine)).toBeLessThan(0.05);
    expect(result.quality.seconds).toBeCloseTo(same.quality.seconds, 2);
  });

  it('says that 8 kHz is of telephone quality', async () => {
    const { quality } = await verifier.verify('ada', pcm(await resample(speech, RATE, 8000), 8000));
    expect(quality.reasons).toContain('narrow-band');
  });

  it.each([0, 3_999, 192_001, Number.NaN, Number.POSITIVE_INFINITY, -16_000])(
    'refuses a rate of %d Hz',
    async (rate) => {
      await expect(verifier.verify('ada', pcm(speech, rate))).rejects.toMatchObject({
        code: 'audio/invalid',
      });
    },
  );

  it('scores a voice whatever its level, and beside noise of 20 dB less', async () => {
    const { cosine } = await verifier.verify('ada', pcm(speech));
    for (const gain of [0.1, 0.3, 1.2]) {
      const result = await verifier.verify('ada', pcm(speech.map((sample) => gain * sample)));
      expect(Math.abs(result.cosine - cosine)).toBeLessThan(0.05);
    }
    const rms = Math.sqrt(speech.reduce((sum, x) => sum + x * x, 0) / speech.length);
    // A second of pause at the end, to judge the noise by.
    const hiss = noise(speech.length + RATE, (rms / 10) * Math.sqrt(3));
    const noisy = await verifier.verify('ada', pcm(hiss.map((x, i) => x + (speech[i] ?? 0))));
    expect(noisy.accepted).toBe(true);
    expect(noisy.quality.snrDb).toBeGreaterThan(15);
    expect(noisy.quality.snrDb).toBeLessThan(25);
  });

  it('gives 20 verifications at once the scores that they have one by one', async () => {
    const names = ['ada-3', 'ben-1', 'cal-1', 'ada-4'];
    const alone: number[] = [];
    for (const name of names) alone.push((await verifier.verify('ada', voice(name))).score);
    const many = await Promise.all(
      Array.from({ length: 20 }, (_, i) => verifier.verify('ada', voice(names[i % 4] ?? ''))),
    );
    many.forEach(({ score }, i) => {
      expect(score).toBe(alone[i % 4]);
    });
  }, 120_000);

  it('stops wherever it finds that it was aborted, and works on', async () => {
    let looks = 0;
    for (const clip = voice('ada-3'); looks < 20; looks++) {
      const outcome = await verifier
        .verify('ada', clip, { signal: abortedAfter(looks) })
        .then(({ accepted }) => accepted)
        .catch((error: unknown) => error);
      if (outcome === true) break;
      expect(outcome).toMatchObject({ code: 'aborted' });
    }
    // At the start, and at least once on the way.
    expect(looks).toBeGreaterThan(1);
    expect(looks).toBeLessThan(20);
    expect((await verifier.verify('ada', voice('ada-3'))).accepted).toBe(true);
  });

  it('enrolls under any name, and nobody else answers to it', async () => {
    const names = ['👩🏽‍🔬', 'مريم', 'שרה', '𝔘𝔫𝔦', 'a', 'ñ'.repeat(200), 'ada ben', 'constructor'];
    for (const name of names) await verifier.enroll(name, voice('ben-1'));
    const { candidates, speaker } = await verifier.identify(voice('ben-2'), { limit: 20 });
    expect(names).toContain(speaker);
    expect(candidates).toHaveLength(names.length + 1);
    expect(candidates.at(-1)?.speaker).toBe('ada');
    for (const name of names) expect(await verifier.remove(name)).toBe(true);
    await expect(verifier.verify('prototype', voice('ada-3'))).rejects.toMatchObject({
      code: 'vault/unknown-speaker',
    });
  });

  it('refuses two people in one enrollment, and in one recording', async () => {
    await expect(
      verifier.enroll('eve', [voice('ada-1'), voice('ben-1'), voice('ada-2')]),
    ).rejects.toMatchObject({
      code: 'audio/inconsistent',
      message: expect.stringContaining('utterance 2 of 3'),
    });
    const parts = await Promise.all(
      ['ada-1', 'ada-2', 'ben-1', 'ben-2'].map((name) => decodeInNode(voice(name))),
    );
    const both = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of parts) {
      both.set(part, offset);
      offset += part.length;
    }
    await expect(verifier.enroll('eve', pcm(both))).rejects.toMatchObject({
      code: 'audio/inconsistent',
      message: expect.stringContaining('as if several people spoke'),
    });
  });
});

describe('dispose', () => {
  it('ends what is under way with a typed error or a result, and is idempotent', async () => {
    const other = await openNodeVerifier('default');
    await other.enroll('ada', voice('ada-1'));
    const running = Promise.allSettled([
      other.verify('ada', voice('ada-3')),
      other.enroll('ada', voice('ada-2')),
      other.identify(voice('ada-3')),
      other.inspect(voice('ada-3')),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await Promise.all([other.dispose(), other.dispose()]);
    for (const outcome of await running) {
      if (outcome.status === 'fulfilled') continue;
      expect(outcome.reason).toMatchObject({
        name: 'VoiceprintError',
        code: expect.stringMatching(/^(disposed|vault\/unavailable)$/),
      });
    }
    await expect(other.verify('ada', voice('ada-3'))).rejects.toMatchObject({
      code: 'disposed',
    });
  });
});
