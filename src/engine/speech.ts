import { judgeQuality, QUALITY_DEFAULTS } from '../audio/quality/quality.js';
import { SILERO } from '../audio/speech/silero.js';
import { createSpeechDetector, type SpeechDetector } from '../audio/speech/speech-detector.js';
import { VoiceprintError } from '../errors.js';
import { disposed } from '../lifetime/ended.js';
import { loadSpeechDetector } from '../models/download.js';
import { openRuntime } from '../runtime/index.js';
import type { BackendReport } from '../runtime/types.js';
import type {
  Analysis,
  SpeechEngine,
  SpeechEngineOptions,
  SpeechGateStream,
  SpeechStream,
} from './types.js';
import { ENGINE_DEFAULTS } from './types.js';

/**
 * Opens speech detection alone, for an encoder that runs elsewhere. The network is small: it runs
 * on WebAssembly everywhere.
 *
 * @throws VoiceprintError as `loadSpeechDetector` and `openRuntime`.
 */
export async function openSpeechEngine(options: SpeechEngineOptions = {}): Promise<SpeechEngine> {
  const { threads, signal, cache = ENGINE_DEFAULTS.cache } = options;
  const silero = await loadSpeechDetector(SILERO, { cache, signal });
  const runtime = await openRuntime({
    backend: 'wasm',
    reason: 'speech detection needs no GPU',
    ...(threads !== undefined && { threads }),
  });
  try {
    const detector = createSpeechDetector(await runtime.openSession(silero, 'cpu'));
    return new LocalSpeech(detector, runtime.backend, () => runtime.dispose());
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
}

/** Speech detection over a detector in this process. */
export class LocalSpeech implements SpeechEngine {
  readonly backend: BackendReport;
  readonly #detector: SpeechDetector;
  readonly #close: () => Promise<void>;
  #disposal: Promise<void> | undefined;

  /** @param close - Disposes whatever the detector runs on. */
  constructor(detector: SpeechDetector, backend: BackendReport, close: () => Promise<void>) {
    this.#detector = detector;
    this.backend = backend;
    this.#close = close;
  }

  async analyse(
    samples: Float32Array,
    minimumSpeechSeconds: number = QUALITY_DEFAULTS.minimumSpeechSeconds,
  ): Promise<Analysis> {
    this.refuseDisposed();
    refuseNonFinite(samples);
    const started = performance.now();
    const segments = await this.#detector.detect(samples);
    const quality = judgeQuality(samples, segments, { minimumSpeechSeconds });
    return { quality, milliseconds: performance.now() - started };
  }

  async openSpeechStream(): Promise<SpeechStream> {
    this.refuseDisposed();
    const stream = this.#detector.openStream();
    let closed = false;
    return {
      push: async (samples) => {
        this.refuseDisposed();
        if (closed) {
          throw disposed('the speech stream was closed; open another');
        }
        refuseNonFinite(samples);
        const { speaking, speechSeconds, levelDb } = await stream.push(samples);
        return { speaking, speechSeconds, levelDb };
      },
      close: async () => {
        closed = true;
      },
    };
  }

  async openSpeechGate(): Promise<SpeechGateStream> {
    this.refuseDisposed();
    const gate = this.#detector.openGate();
    return {
      push: async (samples) => {
        this.refuseDisposed();
        refuseNonFinite(samples);
        return gate.push(samples);
      },
      reset: async () => gate.reset(),
      close: async () => undefined,
    };
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#close();
    return this.#disposal;
  }

  /** Throws `disposed` once `dispose` was called. */
  refuseDisposed(): void {
    if (this.#disposal !== undefined) {
      throw disposed('the engine was disposed; open another');
    }
  }
}

/** Throws `audio/invalid` for samples that are not numbers. */
export function refuseNonFinite(samples: Float32Array): void {
  const bad = samples.findIndex((sample) => !Number.isFinite(sample));
  if (bad >= 0) {
    throw new VoiceprintError(
      'audio/invalid',
      `sample ${bad} is ${samples[bad]}; give finite PCM in [-1, 1]`,
    );
  }
}
