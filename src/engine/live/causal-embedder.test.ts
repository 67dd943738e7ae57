import { describe, expect, it } from 'vitest';
import { VoiceprintError } from '../../errors.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import type { EncoderStream } from '../encoder/types.js';
import { RATE, voice, WASM } from '../fake-voices.fixture.js';
import { openCausalEmbedder } from './causal-embedder.js';

const CHUNK = 2560;
const options = { windowSeconds: 3, scoresPerSecond: 4 } as const;

/** Encoders that count what they hear in chunks of 160 ms; the first one fails at its `last` push. */
function encoders(last = Number.POSITIVE_INFINITY) {
  const heard: number[] = [];
  const disposed: number[] = [];
  const open = async (): Promise<EncoderStream> => {
    const at = heard.push(0) - 1;
    let pushes = 0;
    let samples = 0;
    return {
      backend: at === 0 ? { ...WASM, name: 'webgpu', entry: 'webgpu' } : WASM,
      chunkSeconds: CHUNK / RATE,
      async push(speech) {
        if (at === 0 && ++pushes > last) throw new VoiceprintError('backend/failed', 'lost');
        const before = Math.floor(samples / CHUNK);
        samples += speech.length;
        heard[at] = samples / RATE;
        const chunks = Math.floor(samples / CHUNK);
        if (chunks === before) return undefined;
        const seconds = (chunks * CHUNK) / RATE;
        return {
          heard: Float32Array.of(1, 0),
          recent: Float32Array.of(0, 1),
          heardSeconds: seconds,
          recentSeconds: Math.min(3, seconds),
          featuresMilliseconds: 0,
          encoderMilliseconds: 0,
        };
      },
      async reset() {
        samples = 0;
      },
      // A lost device never answers.
      [asyncDispose]: () => {
        disposed.push(at);
        return at === 0 ? new Promise(() => undefined) : Promise.resolve();
      },
    };
  };
  return { open, heard, disposed };
}

describe('openCausalEmbedder', () => {
  it('gives what was said last, as often as was asked for', async () => {
    const embedder = await openCausalEmbedder(encoders().open, options);
    const scored: number[] = [];
    for (let i = 0; i < 60; i++) {
      const embedding = await embedder.take(voice(0, 0.16));
      if (embedding === undefined) continue;
      expect([...embedding.values]).toEqual([0, 1]);
      scored.push(embedding.scoredSeconds);
    }
    expect(scored[0]).toBeCloseTo(0.8, 5);
    expect(scored.at(-1)).toBe(3);
    // 9.6 s of speech, of which the first 0.75 s give nothing.
    expect(scored.length / (9.6 - 0.75)).toBeCloseTo(4, 0);
  });

  it('begins a turn with the speech that belongs to it', async () => {
    const { open, heard } = encoders();
    const embedder = await openCausalEmbedder(open, options);
    await embedder.take(voice(0, 5));
    await embedder.restart(1);
    expect(heard).toEqual([1]);
    await embedder.take(voice(0, 0.5));
    expect(heard).toEqual([1.5]);
    await embedder.restart(0);
    await embedder.take(voice(0, 0.25));
    expect(heard).toEqual([0.25]);
  });

  it('hears the last seconds again where a device was lost, without losing a chunk', async () => {
    const { open, heard, disposed } = encoders(10);
    const embedder = await openCausalEmbedder(open, options);
    let embedding: unknown;
    for (let i = 0; i < 11; i++) embedding = (await embedder.take(voice(0, 0.16))) ?? embedding;
    expect(embedder.backend.name).toBe('wasm');
    expect(heard[1]).toBeCloseTo(11 * 0.16, 5);
    expect(embedding).toMatchObject({ scoredSeconds: expect.closeTo(11 * 0.16, 5) });
    expect(disposed).toEqual([0]);
    for (let i = 0; i < 100; i++) await embedder.take(voice(0, 0.16));
    await embedder.close();
    expect(disposed).toEqual([0, 1]);
  });

  it('fails where another stream cannot be had', async () => {
    const { open } = encoders(0);
    let opened = false;
    const once = () => {
      if (opened) return Promise.reject(new VoiceprintError('backend/failed', 'no device'));
      opened = true;
      return open();
    };
    const embedder = await openCausalEmbedder(once, options);
    await expect(embedder.take(voice(0, 1))).rejects.toMatchObject({ message: 'no device' });
  });
});
