import { createHash } from 'node:crypto';
import {
  ENGINE_VOICE_DEFAULTS,
  type EngineVoiceOptions,
  type EngineVoiceStream,
} from '../../../src/engine/live/types.js';
import { joinVoiceStream } from '../../../src/engine/live/voice.js';
import { openWindowEmbedder } from '../../../src/engine/live/window-embedder.js';
import type {
  Analysis,
  EncodedSpeech,
  Engine,
  EngineModel,
  SpeechGateStream,
  SpeechStream,
} from '../../../src/engine/types.js';
import type { BackendReport } from '../../../src/runtime/types.js';

/**
 * An engine that embeds the same speech once: conversations are heard several times, for other
 * people or with other options, and most of their windows are the same.
 */
export class RememberingEngine implements Engine {
  readonly #engine: Engine;
  readonly #known: Map<string, EncodedSpeech>;

  /** @param known - Embeddings by digest of the speech. */
  constructor(engine: Engine, known: Map<string, EncodedSpeech> = new Map()) {
    this.#engine = engine;
    this.#known = known;
  }

  get backend(): BackendReport {
    return this.#engine.backend;
  }

  get manifest(): EngineModel {
    return this.#engine.manifest;
  }

  analyse(samples: Float32Array, minimumSpeechSeconds?: number): Promise<Analysis> {
    return this.#engine.analyse(samples, minimumSpeechSeconds);
  }

  async embed(speech: Float32Array): Promise<EncodedSpeech> {
    const bytes = new Uint8Array(speech.buffer, speech.byteOffset, speech.byteLength);
    const digest = createHash('sha1').update(bytes).digest('base64');
    const encoded = this.#known.get(digest) ?? (await this.#engine.embed(speech));
    this.#known.set(digest, encoded);
    return encoded;
  }

  openSpeechStream(): Promise<SpeechStream> {
    return this.#engine.openSpeechStream();
  }

  openSpeechGate(): Promise<SpeechGateStream> {
    return this.#engine.openSpeechGate();
  }

  async openVoiceStream(options: EngineVoiceOptions): Promise<EngineVoiceStream> {
    if (options.mode !== 'window') return this.#engine.openVoiceStream(options);
    // As the engine itself does it, but for who embeds.
    const { sampleRate } = this.manifest;
    const gate = await this.openSpeechGate();
    const least = ENGINE_VOICE_DEFAULTS.leastSeconds;
    const embedder = openWindowEmbedder(this, sampleRate, least, options);
    return joinVoiceStream(gate, embedder, sampleRate, options);
  }

  dispose(): Promise<void> {
    return this.#engine.dispose();
  }
}
