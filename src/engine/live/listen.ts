import { SAMPLE_RATE } from '../../audio/limits.js';
import type { GatedSpeech, GateStream } from '../../audio/speech/gate-stream.js';
import type { SpeechDetector } from '../../audio/speech/speech-detector.js';
import { VoiceprintError } from '../../errors.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { disposed } from '../../lifetime/ended.js';
import { createSerialQueue } from '../../lifetime/serial-queue.js';
import type { Encoder } from '../encoder/types.js';
import { encoderOf, refuseNonFinite } from '../hear.js';
import { openCausalEmbedder } from './causal-embedder.js';
import {
  LISTEN_DEFAULTS,
  type ListenEmbedding,
  type Listening,
  type ListenOptions,
  type VoiceEmbedder,
  type VoiceEmbedding,
} from './types.js';
import { openWindowEmbedder } from './window-embedder.js';

/** Samples that go through the gate at once: less than a pause that ends a turn. */
const MOST_SAMPLES = 2560;

/**
 * Puts live listening together: one gate lets speech pass, and only that is embedded.
 *
 * @throws VoiceprintError `model/mismatch` for a model that is not there, `model/unsupported` for mode
 *   `'causal'` where it cannot stream.
 */
export async function openListening(
  detector: Pick<SpeechDetector, 'openGate'>,
  encoders: readonly [Encoder, ...Encoder[]],
  { embed, turnSeconds = LISTEN_DEFAULTS.turnSeconds }: ListenOptions,
): Promise<Listening> {
  const embedder = embed === undefined ? nothing(encoders[0]) : await openEmbedder(encoders, embed);
  return listenThrough(detector.openGate(), embedder, turnSeconds);
}

async function openEmbedder(
  encoders: readonly Encoder[],
  embed: ListenEmbedding,
): Promise<VoiceEmbedder> {
  const encoder = encoderOf(encoders, embed.model);
  if (embed.mode === 'window') return openWindowEmbedder(encoder, embed);
  const open = encoder.openStream?.bind(encoder);
  if (open === undefined) {
    throw new VoiceprintError(
      'model/unsupported',
      `${encoder.model.name} cannot stream: it embeds whole utterances; use mode 'window'`,
    );
  }
  return openCausalEmbedder(() => open({ windowSeconds: embed.windowSeconds }), embed);
}

/** Who only wants to know when somebody speaks. */
function nothing(encoder: Encoder): VoiceEmbedder {
  return {
    get backend() {
      return encoder.backend;
    },
    take: async () => undefined,
    restart: async () => undefined,
    close: async () => undefined,
  };
}

function listenThrough(gate: GateStream, embedder: VoiceEmbedder, turnPause: number): Listening {
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
    turnSamples = Math.min(turnSamples, Math.round(keepSeconds * SAMPLE_RATE));
    await embedder.restart(turnSamples / SAMPLE_RATE);
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
        refuseNonFinite(samples.subarray(0, length));
        const started = performance.now();
        let embedding: VoiceEmbedding | undefined;
        for (let start = 0; start < length; start += MOST_SAMPLES) {
          const end = Math.min(length, start + MOST_SAMPLES);
          embedding = (await take(samples.subarray(start, end))) ?? embedding;
        }
        return {
          samples,
          ...gated,
          speechSeconds: speechSamples / SAMPLE_RATE,
          turn,
          turnSeconds: turnSamples / SAMPLE_RATE,
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
        gate.reset();
        await embedder.restart(0);
        turn = 0;
        turnSamples = 0;
        speechSamples = 0;
        gated = { speaking: false, silentSeconds: 0 };
      }),
    [asyncDispose]: () =>
      queue.run(async () => {
        if (closed) return;
        closed = true;
        await embedder.close();
      }),
  };
}
