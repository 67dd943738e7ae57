import { judgeQuality } from '../audio/quality.js';
import { SILERO } from '../audio/silero.js';
import { createSpeechDetector, type SpeechDetector } from '../audio/speech-detector.js';
import { VoiceprintError } from '../errors.js';
import { createFrontEnd } from '../features/index.js';
import type { FrontEnd } from '../features/types.js';
import { loadSpeechDetector, openModel } from '../models/download.js';
import type { Manifest } from '../models/manifest.js';
import type { BackendReport } from '../runtime/types.js';
import { type Encoder, openEncoder } from './engine-encoder.js';
import { cropToBucket } from './engine-frames.js';
import type {
  Analysis,
  EncodedSpeech,
  Engine,
  EngineOptions,
  SpeechStream,
} from './engine-types.js';
import { ENGINE_DEFAULTS } from './engine-types.js';
import { cutWindows, embeddingMean, WINDOW_SECONDS } from './engine-windows.js';

/**
 * Opens an engine in this very process: Node, tests, or a page that brings its own worker. A page
 * should use `openWorkerEngine`, which keeps it at 60 frames a second.
 *
 * @throws VoiceprintError as `openModel`, and `backend/unavailable` or `backend/failed` when no
 *   backend computes the model right.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { onProgress, signal, cache = ENGINE_DEFAULTS.cache } = options;
  const { manifest, files } = await openModel(options.model, { onProgress, signal, cache });
  const silero = await loadSpeechDetector(SILERO, { cache, signal });
  const frontEnd = createFrontEnd(manifest.frontEnd);
  if (frontEnd.sampleRate !== manifest.sampleRate) {
    throw new VoiceprintError(
      'model/malformed',
      `the manifest of ${manifest.name} says ${manifest.sampleRate} Hz, its front end computes at ${frontEnd.sampleRate} Hz; mend "sampleRate" or "frontEnd.parameters"`,
    );
  }
  const encoder = await openEncoder(files.model, manifest, frontEnd.bands, {
    ...options,
    onStage: (stage, done) => onProgress?.({ stage, done }),
  });
  try {
    const detector = createSpeechDetector(await encoder.runtime.openSession(silero, 'cpu'));
    if (signal?.aborted === true) {
      throw new VoiceprintError('verifier/aborted', 'loading was aborted by the caller', {
        cause: signal.reason,
      });
    }
    onProgress?.({ stage: 'ready', done: 1 });
    return new LocalEngine(manifest, frontEnd, encoder, detector);
  } catch (error) {
    await encoder.dispose();
    throw error;
  }
}

class LocalEngine implements Engine {
  readonly manifest: Manifest;
  readonly backend: BackendReport;
  readonly #frontEnd: FrontEnd;
  readonly #encoder: Encoder;
  readonly #detector: SpeechDetector;
  #disposal: Promise<void> | undefined;

  constructor(manifest: Manifest, frontEnd: FrontEnd, encoder: Encoder, detector: SpeechDetector) {
    this.manifest = manifest;
    this.backend = encoder.backend;
    this.#frontEnd = frontEnd;
    this.#encoder = encoder;
    this.#detector = detector;
  }

  async analyse(samples: Float32Array): Promise<Analysis> {
    this.#refuseDisposed();
    refuseNonFinite(samples);
    const started = performance.now();
    const segments = await this.#detector.detect(samples);
    const quality = judgeQuality(samples, segments);
    return { quality, milliseconds: performance.now() - started };
  }

  async embed(speech: Float32Array): Promise<EncodedSpeech> {
    this.#refuseDisposed();
    refuseNonFinite(speech);
    const { sampleRate, embeddingSize } = this.manifest;
    const windows = cutWindows(speech.length, WINDOW_SECONDS * sampleRate);
    const mean = windows.length > 1 ? embeddingMean(embeddingSize) : undefined;
    let featuresMilliseconds = 0;
    let encoderMilliseconds = 0;
    let values = new Float32Array();
    for (const { start, end } of windows) {
      const started = performance.now();
      const features = this.#features(speech.subarray(start, end));
      const computed = performance.now();
      values = new Float32Array(await this.#encoder.encode(features));
      featuresMilliseconds += computed - started;
      encoderMilliseconds += performance.now() - computed;
      refuseBroken(values);
      mean?.add(values, end - start);
    }
    return { values: mean?.result() ?? values, featuresMilliseconds, encoderMilliseconds };
  }

  async openSpeechStream(): Promise<SpeechStream> {
    this.#refuseDisposed();
    const stream = this.#detector.openStream();
    let closed = false;
    return {
      push: async (samples) => {
        this.#refuseDisposed();
        if (closed) {
          throw new VoiceprintError(
            'backend/disposed',
            'the speech stream was closed; open another',
          );
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

  dispose(): Promise<void> {
    this.#disposal ??= this.#encoder.dispose();
    return this.#disposal;
  }

  #features(speech: Float32Array) {
    const features = this.#frontEnd.compute(speech);
    const { minimumFrames } = this.manifest.input;
    const crops = this.backend.name === 'webgpu' && features.frames > minimumFrames;
    return crops ? cropToBucket(features, minimumFrames) : features;
  }

  #refuseDisposed(): void {
    if (this.#disposal !== undefined) {
      throw new VoiceprintError('backend/disposed', 'the engine was disposed; open another');
    }
  }
}

function refuseNonFinite(samples: Float32Array): void {
  const bad = samples.findIndex((sample) => !Number.isFinite(sample));
  if (bad >= 0) {
    throw new VoiceprintError(
      'audio/invalid',
      `sample ${bad} is ${samples[bad]}; give finite PCM in [-1, 1]`,
    );
  }
}

/** An overflow on the way leaves no error, only a score of nothing. */
function refuseBroken(values: Float32Array): void {
  if (!values.every((value) => Number.isFinite(value))) {
    throw new VoiceprintError(
      'backend/failed',
      "the encoder returned values that are not numbers; try backend 'wasm', or another recording",
    );
  }
}
