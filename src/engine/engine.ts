import { SILERO } from '../audio/speech/silero.js';
import { createSpeechDetector } from '../audio/speech/speech-detector.js';
import { VoiceprintError } from '../errors.js';
import { createFrontEnd } from '../features/index.js';
import type { FrontEnd } from '../features/types.js';
import { aborted } from '../lifetime/ended.js';
import { decodeCohort } from '../models/cohort.js';
import { loadSpeechDetector, type OpenedModel, openModel } from '../models/download.js';
import type { Manifest } from '../models/manifest.js';
import type { BackendReport } from '../runtime/types.js';
import { embedInWindows } from './encoder/embed-windows.js';
import { cropToBucket } from './encoder/frames.js';
import { type Encoder, openEncoder } from './encoder/open-encoder.js';
import { openCausalEmbedder } from './live/causal-embedder.js';
import {
  ENGINE_VOICE_DEFAULTS,
  type EngineVoiceOptions,
  type EngineVoiceStream,
} from './live/types.js';
import { joinVoiceStream } from './live/voice.js';
import { openWindowEmbedder } from './live/window-embedder.js';
import { LocalSpeech, refuseNonFinite } from './speech.js';
import type {
  Analysis,
  EncodedSpeech,
  Engine,
  EngineModel,
  EngineOptions,
  SpeechGateStream,
  SpeechStream,
} from './types.js';
import { ENGINE_DEFAULTS } from './types.js';

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
  const model = withCohort(manifest, files);
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
      throw aborted('loading was aborted by the caller', signal.reason);
    }
    onProgress?.({ stage: 'ready', done: 1 });
    const speech = new LocalSpeech(detector, encoder.backend, () => encoder.dispose());
    return new LocalEngine(model, frontEnd, encoder, speech);
  } catch (error) {
    await encoder.dispose();
    throw error;
  }
}

type LocalModel = Omit<Manifest, 'normalization'> & Pick<EngineModel, 'normalization'>;

/** A manifest with the embeddings that scores are normalised with, where it says so. */
function withCohort(
  { normalization, ...manifest }: Manifest,
  { cohort }: OpenedModel['files'],
): LocalModel {
  if (normalization === undefined || cohort === undefined) return manifest;
  const embeddings = decodeCohort(cohort, manifest.embeddingSize);
  return { ...manifest, normalization: { ...normalization, cohort: embeddings } };
}

class LocalEngine implements Engine {
  readonly manifest: LocalModel;
  readonly #frontEnd: FrontEnd;
  readonly #encoder: Encoder;
  /** Owns the encoder, whose runtime it shares. */
  readonly #speech: LocalSpeech;

  constructor(manifest: LocalModel, frontEnd: FrontEnd, encoder: Encoder, speech: LocalSpeech) {
    this.manifest = manifest;
    this.#frontEnd = frontEnd;
    this.#encoder = encoder;
    this.#speech = speech;
  }

  get backend(): BackendReport {
    return this.#encoder.backend;
  }

  analyse(
    samples: Float32Array,
    minimumSpeechSeconds: number = this.manifest.minimumSeconds,
  ): Promise<Analysis> {
    return this.#speech.analyse(samples, minimumSpeechSeconds);
  }

  async embed(speech: Float32Array): Promise<EncodedSpeech> {
    this.#speech.refuseDisposed();
    refuseNonFinite(speech);
    return embedInWindows(speech, this.manifest, async (window) => {
      const started = performance.now();
      const features = this.#features(window);
      const computed = performance.now();
      const values = await this.#encoder.encode(features);
      return {
        values,
        featuresMilliseconds: computed - started,
        encoderMilliseconds: performance.now() - computed,
      };
    });
  }

  openSpeechStream(): Promise<SpeechStream> {
    return this.#speech.openSpeechStream();
  }

  openSpeechGate(): Promise<SpeechGateStream> {
    return this.#speech.openSpeechGate();
  }

  async openVoiceStream(options: EngineVoiceOptions): Promise<EngineVoiceStream> {
    const { sampleRate } = this.manifest;
    const { mode, windowSeconds } = options;
    const least = ENGINE_VOICE_DEFAULTS.leastSeconds;
    const gate = await this.#speech.openSpeechGate();
    const embedder =
      mode === 'window'
        ? openWindowEmbedder(this, sampleRate, least, options)
        : await openCausalEmbedder(
            () => this.#encoder.stream({ windowSeconds }),
            sampleRate,
            least,
            options,
          );
    return joinVoiceStream(gate, embedder, sampleRate, options);
  }

  dispose(): Promise<void> {
    return this.#speech.dispose();
  }

  #features(speech: Float32Array) {
    const features = this.#frontEnd.compute(speech);
    const { minimumFrames } = this.manifest.input;
    const crops = this.backend.name === 'webgpu' && features.frames > minimumFrames;
    return crops ? cropToBucket(features, minimumFrames) : features;
  }
}
