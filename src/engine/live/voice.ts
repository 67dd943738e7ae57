import type { GatedSpeech } from '../../audio/speech/gate-stream.js';
import { disposed } from '../../lifetime/ended.js';
import { createSerialQueue } from '../../lifetime/serial-queue.js';
import type {
  EngineVoiceOptions,
  EngineVoiceStream,
  VoiceEmbedder,
  VoiceEmbedding,
} from './types.js';

/** Speech detection for a live stream, here or in a worker. */
export interface VoiceGate {
  push(samples: Float32Array): Promise<GatedSpeech>;
  reset(): void | Promise<void>;
  close?(): Promise<void>;
}

/** Samples that go through the gate at once: less than a pause that ends a turn. */
const MOST_SAMPLES = 2560;

/**
 * Puts a live stream together: speech detection lets speech pass, and only that is embedded.
 *
 * @param sampleRate - Of the samples, in Hz.
 */
export function joinVoiceStream(
  gate: VoiceGate,
  embedder: VoiceEmbedder,
  sampleRate: number,
  { turnSeconds: turnPause }: EngineVoiceOptions,
): EngineVoiceStream {
  const queue = createSerialQueue();
  let closed = false;
  let turn = 0;
  let turnSamples = 0;
  let speechSamples = 0;
  let gated: Pick<GatedSpeech, 'speaking' | 'silentSeconds'> = {
    speaking: false,
    silentSeconds: 0,
  };

  const endTurn = async (keepSeconds: number): Promise<void> => {
    if (turnSamples === 0) return;
    turn += 1;
    turnSamples = Math.min(turnSamples, Math.round(keepSeconds * sampleRate));
    await embedder.restart(turnSamples / sampleRate);
  };
  const take = async (samples: Float32Array): Promise<VoiceEmbedding | undefined> => {
    const { speech, pauseBefore, speaking, silentSeconds } = await gate.push(samples);
    gated = { speaking, silentSeconds };
    if (pauseBefore >= turnPause) await endTurn(0);
    if (speech.length === 0) return undefined;
    turnSamples += speech.length;
    speechSamples += speech.length;
    return embedder.take(speech);
  };
  const refuseClosed = (): void => {
    if (!closed) return;
    throw disposed('the stream was closed; open another');
  };
  return {
    push: (samples, length) =>
      queue.run(async () => {
        refuseClosed();
        const started = performance.now();
        let embedding: VoiceEmbedding | undefined;
        for (let start = 0; start < length; start += MOST_SAMPLES) {
          const end = Math.min(length, start + MOST_SAMPLES);
          embedding = (await take(samples.subarray(start, end))) ?? embedding;
        }
        return {
          samples,
          ...gated,
          speechSeconds: speechSamples / sampleRate,
          turn,
          turnSeconds: turnSamples / sampleRate,
          embedding,
          milliseconds: performance.now() - started,
          backend: embedder.backend,
        };
      }),
    endTurn: (keepSeconds) =>
      queue.run(async () => {
        refuseClosed();
        await endTurn(keepSeconds);
      }),
    reset: () =>
      queue.run(async () => {
        refuseClosed();
        await gate.reset();
        await embedder.restart(0);
        turn = 0;
        turnSamples = 0;
        speechSamples = 0;
        gated = { speaking: false, silentSeconds: 0 };
      }),
    close: () =>
      queue.run(async () => {
        if (closed) return;
        closed = true;
        await embedder.close();
        await gate.close?.();
      }),
  };
}
