import type { SpeechDetector } from '../audio/speech/speech-detector.js';
import { VoiceprintError } from '../errors.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { disposed } from '../lifetime/ended.js';
import { openScope } from '../lifetime/scope.js';
import type { Model } from '../models/model.js';
import type { BackendReport } from '../runtime/types.js';
import type { Encoder } from './encoder/types.js';
import { hearClip } from './hear.js';
import { openListening } from './live/listen.js';
import type { Listening, ListenOptions } from './live/types.js';
import { EmbeddingMatrix } from './search.js';
import type { Engine, Heard, HearOptions, HeldEmbedding, Ranked } from './types.js';

/**
 * Puts speech detection, quality, features and encoders together: the only place that does. The
 * engine owns its parts, and disposing it disposes them.
 *
 * @param speech - Finds the speech in clips and in live audio.
 * @param encoders - At least one; the first decides, any other embeds beside it.
 * @throws VoiceprintError `verifier/invalid` for no encoder, or two of one hash.
 */
export function createEngine(speech: SpeechDetector, encoders: readonly Encoder[]): Engine {
  const [first, ...others] = encoders;
  if (first === undefined) {
    throw new VoiceprintError('verifier/invalid', 'an engine needs an encoder; give at least one');
  }
  const hashes = new Set(encoders.map(({ model }) => model.sha256));
  if (hashes.size < encoders.length) {
    throw new VoiceprintError(
      'verifier/invalid',
      `two encoders are of one model (${first.model.name}); give each model once`,
    );
  }
  return new ComposedEngine(speech, [first, ...others]);
}

class ComposedEngine implements Engine {
  readonly models: readonly Model[];
  readonly #speech: SpeechDetector;
  readonly #encoders: readonly [Encoder, ...Encoder[]];
  readonly #scope = openScope();
  readonly #underWay = new Set<Promise<unknown>>();
  #closing = false;
  #held = new EmbeddingMatrix([]);

  constructor(speech: SpeechDetector, encoders: readonly [Encoder, ...Encoder[]]) {
    this.models = encoders.map(({ model }) => model);
    this.#speech = speech;
    this.#encoders = encoders;
    this.#scope.defer(async () => speech[asyncDispose]());
    for (const encoder of encoders) this.#scope.defer(async () => encoder[asyncDispose]());
  }

  get backend(): BackendReport {
    return this.#encoders[0].backend;
  }

  async hear(clip: Float32Array, ask: HearOptions = {}): Promise<Heard> {
    this.#refuseDisposed();
    return this.#follow(hearClip(this.#speech, this.#encoders, clip, ask));
  }

  async listen(options: ListenOptions): Promise<Listening> {
    this.#refuseDisposed();
    const opening = openListening(this.#speech, this.#encoders, options);
    const listening = await this.#follow(opening);
    const forget = this.#scope.defer(async () => listening[asyncDispose]());
    return {
      push: async (samples, length) => {
        this.#refuseDisposed();
        return this.#follow(listening.push(samples, length));
      },
      endTurn: (keepSeconds) => listening.endTurn(keepSeconds),
      reset: () => listening.reset(),
      [asyncDispose]: () => {
        forget();
        return listening[asyncDispose]();
      },
    };
  }

  async hold(embeddings: readonly HeldEmbedding[]): Promise<void> {
    this.#refuseDisposed();
    this.#held = new EmbeddingMatrix(embeddings);
  }

  async search(query: Float32Array, limit: number): Promise<Ranked[]> {
    this.#refuseDisposed();
    return this.#held.search(query, limit);
  }

  async [asyncDispose](): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#underWay);
    await this.#scope.dispose();
  }

  /** What is under way ends before the parts are closed. */
  #follow<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const forget = (): void => {
      this.#underWay.delete(work);
    };
    work.then(forget, forget);
    return work;
  }

  #refuseDisposed(): void {
    if (this.#closing) throw disposed('the engine was disposed; open another');
  }
}
