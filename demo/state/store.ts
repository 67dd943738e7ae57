import {
  createVerifier,
  type EnrolledSpeaker,
  type LoadProgress,
  type QualityReport,
  type Timings,
  type Verifier,
  type VerifierOptions,
} from 'voiceprint-web';
import { keepOffline } from '../offline/keep-offline.js';
import { chosenModel } from './shipped-model.js';
import type { Utterance } from './utterance.js';

/** What the panel under the hood shows: the utterance that was looked at last. */
export interface Analysis {
  readonly utterance: Utterance;
  readonly quality: QualityReport | undefined;
  readonly timings: Timings | undefined;
}

type LoadState =
  | { readonly name: 'idle' }
  | { readonly name: 'loading'; readonly progress: LoadProgress | undefined }
  | { readonly name: 'ready'; readonly verifier: Verifier; readonly milliseconds: number }
  | { readonly name: 'failed'; readonly error: Error };

/** The one verifier of the site and what is known through it. Fires `change`. */
class Store extends EventTarget {
  load: LoadState = { name: 'idle' };
  people: readonly EnrolledSpeaker[] = [];
  analysis: Analysis | undefined;
  /** `performance.now()` when everything had been loaded; requests after it are counted. */
  readyAt: number | undefined;
  #loading: Promise<Verifier> | undefined;
  readonly #listeners = new Set<(progress: LoadProgress) => void>();

  get verifier(): Verifier | undefined {
    return this.load.name === 'ready' ? this.load.verifier : undefined;
  }

  /** Loads once; later callers join, and hear of the progress by their own `onProgress`. */
  readonly open = async (options: VerifierOptions = {}): Promise<Verifier> => {
    const { onProgress } = options;
    if (onProgress) this.#listeners.add(onProgress);
    this.#loading ??= this.#load();
    try {
      return await this.#loading;
    } finally {
      if (onProgress) this.#listeners.delete(onProgress);
    }
  };

  async refreshPeople(): Promise<void> {
    this.people = (await this.verifier?.list()) ?? [];
    this.#changed();
  }

  show(analysis: Analysis): void {
    this.analysis = analysis;
    this.#changed();
  }

  markReady(): void {
    this.readyAt = performance.now();
    this.#changed();
  }

  async #load(): Promise<Verifier> {
    const start = performance.now();
    this.#set({ name: 'loading', progress: undefined });
    try {
      const verifier = await makeVerifier((progress) => {
        this.#set({ name: 'loading', progress });
        for (const listener of this.#listeners) listener(progress);
      });
      this.#set({ name: 'ready', verifier, milliseconds: performance.now() - start });
      await this.refreshPeople();
      return verifier;
    } catch (cause) {
      this.#loading = undefined;
      this.#set({
        name: 'failed',
        error: cause instanceof Error ? cause : new Error(String(cause)),
      });
      throw cause;
    }
  }

  #set(load: LoadState): void {
    this.load = load;
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}

/** `?fake` brings the scripted stand-in while developing, `?backend=wasm` chooses a backend, `?model=compact` a model. */
async function makeVerifier(onProgress: (progress: LoadProgress) => void): Promise<Verifier> {
  const query = new URLSearchParams(location.search);
  if (import.meta.env.DEV && query.has('fake')) {
    const { FAKE_FATES, fakeVerifier } = await import('../dev/fake-verifier.js');
    const score = Number(query.get('score') ?? 0.71);
    const enrolled = (query.get('fake') ?? '').split(',').filter(Boolean);
    const fate = FAKE_FATES.find((name) => name === query.get('fate'));
    return fakeVerifier({ score, enrolled, ...(fate ? { fate } : {}) });
  }
  await keepOffline();
  const backend = query.get('backend');
  return createVerifier({
    model: chosenModel(),
    // Beside the default model, so that the live page can stream in both ways.
    streamingModel: 'streaming',
    onProgress,
    ...(backend === 'wasm' || backend === 'webgpu' ? { backend } : {}),
  });
}

export const store = new Store();
