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
  type HeardStep,
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

const SILENT = { speaking: false, silentSeconds: 0 } as const;

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
  return new GatedListening(detector.openGate(), embedder, turnSeconds);
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

/** One gate, one embedder, one turn after the other. */
class GatedListening implements Listening {
  readonly #gate: GateStream;
  readonly #embedder: VoiceEmbedder;
  /** A pause of so many seconds ends a turn. */
  readonly #turnPause: number;
  readonly #queue = createSerialQueue();
  #closed = false;
  #turn = 0;
  #turnSamples = 0;
  #speechSamples = 0;
  #gated: Pick<GatedSpeech, 'speaking' | 'silentSeconds'> = SILENT;

  constructor(gate: GateStream, embedder: VoiceEmbedder, turnPause: number) {
    this.#gate = gate;
    this.#embedder = embedder;
    this.#turnPause = turnPause;
  }

  push(samples: Float32Array, length: number): Promise<HeardStep> {
    return this.#inOrder(async () => {
      refuseNonFinite(samples.subarray(0, length));
      const started = performance.now();
      let embedding: VoiceEmbedding | undefined;
      for (let start = 0; start < length; start += MOST_SAMPLES) {
        const end = Math.min(length, start + MOST_SAMPLES);
        embedding = (await this.#take(samples.subarray(start, end))) ?? embedding;
      }
      return {
        samples,
        ...this.#gated,
        speechSeconds: this.#speechSamples / SAMPLE_RATE,
        turn: this.#turn,
        turnSeconds: this.#turnSamples / SAMPLE_RATE,
        embedding,
        milliseconds: performance.now() - started,
        backend: this.#embedder.backend,
      };
    });
  }

  endTurn(keepSeconds: number): Promise<void> {
    return this.#inOrder(() => this.#beginTurn(keepSeconds));
  }

  reset(): Promise<void> {
    return this.#inOrder(async () => {
      this.#gate.reset();
      await this.#embedder.restart(0);
      this.#turn = 0;
      this.#turnSamples = 0;
      this.#speechSamples = 0;
      this.#gated = SILENT;
    });
  }

  [asyncDispose](): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#closed) return;
      this.#closed = true;
      await this.#embedder.close();
    });
  }

  async #take(samples: Float32Array): Promise<VoiceEmbedding | undefined> {
    const { speech, pauseBefore, speaking, silentSeconds } = await this.#gate.push(samples);
    this.#gated = { speaking, silentSeconds };
    if (pauseBefore >= this.#turnPause) await this.#beginTurn(0);
    if (speech.length === 0) return undefined;
    this.#turnSamples += speech.length;
    this.#speechSamples += speech.length;
    return this.#embedder.take(speech);
  }

  async #beginTurn(keepSeconds: number): Promise<void> {
    if (this.#turnSamples === 0) return;
    this.#turn += 1;
    this.#turnSamples = Math.min(this.#turnSamples, Math.round(keepSeconds * SAMPLE_RATE));
    await this.#embedder.restart(this.#turnSamples / SAMPLE_RATE);
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      if (this.#closed) throw disposed('the stream was closed; open another');
      return work();
    });
  }
}
