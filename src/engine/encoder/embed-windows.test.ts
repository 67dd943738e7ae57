// @module-tag slow
import { describe, expect, it } from 'vitest';
import { centred } from '../../audio/offset.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { openModel } from '../../models/download.js';
import { unitLength } from '../../scoring/cosine.js';
import { openEngine } from '../open-engine.js';
import { embedInWindows } from './embed-windows.js';
import { openEncoder } from './open-encoder.js';

const RATE = 16_000;

/** Tones that wander, so that no two seconds are alike. */
function sound(seconds: number): Float32Array {
  let phase = 0;
  return Float32Array.from({ length: seconds * RATE }, (_, i) => {
    phase += 0.05 + 0.04 * Math.sin(i / 9000) + 0.02 * Math.sin(i / 1300);
    return 0.3 * Math.sin(phase) * Math.sin(i / 2000);
  });
}

describe('embedInWindows', () => {
  const model = { embeddingSize: 1 } as const;

  it('averages windows of 20 s at most', async () => {
    const lengths: number[] = [];
    await embedInWindows(new Float32Array(50 * RATE), model, async ({ length }) => {
      lengths.push(Math.round(length / RATE));
      return { values: Float32Array.of(1), featuresMilliseconds: 0, encoderMilliseconds: 0 };
    });
    expect(lengths).toEqual([17, 17, 17]);
  });
});

describe('a long recording and a streaming model', () => {
  it('are embedded as a stream that heard all of it', async () => {
    const speech = sound(23);
    const engine = await openEngine({ model: 'streaming', backend: 'wasm', threads: 1 });
    const { pieces } = await engine.hear(speech, { part: 'whole', unusable: true });
    const [whole = new Float32Array()] = pieces[0]?.embeddings.values() ?? [];
    await engine[asyncDispose]();

    const { manifest, files } = await openModel('streaming', {});
    const encoder = await openEncoder(files.model, manifest, {
      backend: 'wasm',
      threads: 1,
    });
    // The shortest steps leave no rest.
    const stream = await encoder.openStream({ chunkFrames: 2, windowSeconds: 1 });
    const streamed = await stream.push(centred(speech));
    await encoder[asyncDispose]();
    expect(streamed?.heardSeconds).toBeCloseTo(23, 0);
    const heard = unitLength(streamed?.heard ?? new Float32Array());
    for (const [i, value] of unitLength(whole).entries()) {
      expect(Math.abs(value - (heard[i] ?? Number.NaN))).toBeLessThan(1e-5);
    }
  }, 60_000);
});
