import type { StreamedEmbedding } from '../../../src/engine/encoder/types.js';
import { median, noise } from './figures.js';

/** What the costs of a stream are measured on. */
export interface StreamUnderTest {
  push(speech: Float32Array): Promise<StreamedEmbedding | undefined>;
}

/** Options of {@link streamCosts}. */
export interface StreamCostOptions {
  /** Opens a stream that steps by so many frames of 10 ms. */
  readonly open: (chunkFrames: number) => Promise<StreamUnderTest>;
  /** Embeds so much audio with the model that a sliding window would run. */
  readonly embedWindow: (window: Float32Array) => Promise<unknown>;
  /** Minutes of audio that the old stream has heard. */
  readonly minutes: number;
  readonly rounds: number;
  /** Told how much of the work is done, from 0 to 1. */
  readonly onProgress?: (done: number) => void;
}

const SAMPLE_RATE = 16_000;
const SAMPLES_PER_FRAME = 160;
/** Steps of 80, 160, 320 and 640 ms. */
const CHUNK_FRAMES = [8, 16, 32, 64] as const;
/** As a live stream has them by default. */
const SCORES_PER_SECOND = 4;
const WINDOW_SECONDS = 3;
const DEFAULT_FRAMES = 16;
/** Audio that every stream gets in a round: a multiple of all chunks. */
const ROUND_SECONDS = 1.28;

/**
 * What a live stream costs, features and encoder. Everything is timed in turns, so that a busy
 * machine slows all alike; medians over the rounds.
 *
 * - `realtime`: audio over computing time, in steps of 160 ms; `realtime80ms` ... in other steps.
 * - `cost60over1`: a step of a stream that has heard `minutes` over one that has heard a minute.
 * - `windowOverCausal`: a window of 3 s embedded anew 4 times a second, over the causal encoder.
 * - `featuresOverAll`: the front end's share of the causal encoder's time.
 */
export async function streamCosts(options: StreamCostOptions): Promise<Record<string, number>> {
  const { open, embedWindow, minutes, rounds, onProgress } = options;
  const streams = new Map<number, StreamUnderTest>();
  for (const frames of CHUNK_FRAMES) streams.set(frames, await open(frames));
  const [old, young] = [await open(DEFAULT_FRAMES), await open(DEFAULT_FRAMES)];
  const piece = noise(DEFAULT_FRAMES * SAMPLES_PER_FRAME);
  const pieces = (seconds: number) => Math.round((seconds * SAMPLE_RATE) / piece.length);
  const total = pieces(60 * minutes);
  for (let i = 0; i < total; i++) {
    await old.push(piece);
    if (i % 500 === 0) onProgress?.(i / total);
  }
  for (let i = 0; i < pieces(60); i++) await young.push(piece);

  const window = noise(WINDOW_SECONDS * SAMPLE_RATE);
  const times = new Map<string, number[]>();
  const take = async (name: string, work: () => Promise<unknown>, count: boolean) => {
    const started = performance.now();
    await work();
    if (!count) return;
    const list = times.get(name) ?? [];
    list.push(performance.now() - started);
    times.set(name, list);
  };
  const shares: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const count = round >= 0;
    for (const [frames, stream] of streams) {
      const chunk = noise(frames * SAMPLES_PER_FRAME);
      await take(
        `chunks of ${frames}`,
        async () => {
          for (let at = 0; at < ROUND_SECONDS * SAMPLE_RATE; at += chunk.length) {
            const streamed = await stream.push(chunk);
            if (streamed !== undefined && count && frames === DEFAULT_FRAMES) {
              const { featuresMilliseconds, encoderMilliseconds } = streamed;
              shares.push(featuresMilliseconds / (featuresMilliseconds + encoderMilliseconds));
            }
          }
        },
        count,
      );
    }
    await take('window', () => embedWindow(window), count);
    for (let i = 0; i < pieces(ROUND_SECONDS); i++) {
      await take('old', () => old.push(piece), count);
      await take('young', () => young.push(piece), count);
    }
  }
  const middle = (name: string) => median(times.get(name) ?? []);
  const realtime = (frames: number) => (ROUND_SECONDS * 1000) / middle(`chunks of ${frames}`);
  const causal = middle(`chunks of ${DEFAULT_FRAMES}`) / ROUND_SECONDS;
  return {
    realtime: realtime(DEFAULT_FRAMES),
    ...Object.fromEntries(
      CHUNK_FRAMES.map((frames) => [`realtime${10 * frames}ms`, realtime(frames)]),
    ),
    [`cost${minutes}over1`]: middle('old') / middle('young'),
    windowOverCausal: (SCORES_PER_SECOND * middle('window')) / causal,
    featuresOverAll: median(shares),
  };
}
