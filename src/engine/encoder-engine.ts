import { VoiceprintError } from '../errors.js';
import { aborted, disposed } from '../lifetime/ended.js';
import { embedInWindows } from './encoder/embed-windows.js';
import type {
  EncoderFactory,
  EncoderModel,
  EncoderRequest,
  SpeakerEncoder,
} from './encoder/types.js';
import { ENGINE_VOICE_DEFAULTS } from './live/types.js';
import { joinVoiceStream } from './live/voice.js';
import { openWindowEmbedder } from './live/window-embedder.js';
import { refuseNonFinite } from './speech.js';
import type { Engine, EngineModel, SpeechEngine } from './types.js';

/** Rate in Hz of the samples that an encoder of the caller's own is given. */
const SAMPLE_RATE = 16_000;

/**
 * Opens an engine out of speech detection and an encoder of the caller's own. Both load at the same
 * time; when one fails, the other is closed again.
 *
 * @throws VoiceprintError `aborted`, `verifier/invalid` when the encoder describes its
 *   model badly, and whatever the two throw.
 */
export async function openEncoderEngine(
  openSpeech: () => Promise<SpeechEngine>,
  factory: EncoderFactory,
  request: EncoderRequest,
): Promise<Engine> {
  const speech = openSpeech();
  const encoder = openOrAbort(factory, request);
  try {
    const engine = joinEngine(...(await Promise.all([speech, encoder])));
    request.onProgress?.({ stage: 'ready', done: 1 });
    return engine;
  } catch (error) {
    // What still loads is closed once it is there; the caller need not wait for that.
    for (const part of [speech, encoder]) {
      part.then((opened) => opened.dispose()).catch(() => undefined);
    }
    throw error;
  }
}

/** An abort takes effect at once, whether the factory heeds the signal or not. */
async function openOrAbort(
  factory: EncoderFactory,
  request: EncoderRequest,
): Promise<SpeakerEncoder> {
  const { signal } = request;
  const given = (): VoiceprintError => aborted('loading was aborted by the caller', signal?.reason);
  if (signal?.aborted === true) throw given();
  const opening = factory(request);
  if (signal === undefined) return opening;
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(given());
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([opening, stopped]);
  } catch (error) {
    opening.then(
      (late) => late.dispose(),
      () => undefined,
    );
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Puts an engine together. It owns both parts: `dispose` closes them. */
export function joinEngine(speech: SpeechEngine, encoder: SpeakerEncoder): Engine {
  const { model } = encoder;
  refuseModel(model);
  const manifest = engineModel(model);
  let disposal: Promise<void> | undefined;
  const engine: Engine = {
    manifest,
    backend: encoder.backend,
    analyse: (samples, minimumSpeechSeconds = model.minimumSeconds) =>
      speech.analyse(samples, minimumSpeechSeconds),
    openSpeechStream: () => speech.openSpeechStream(),
    openSpeechGate: () => speech.openSpeechGate(),
    restart: async () => (await speech.restart?.()) ?? false,
    async openVoiceStream(options) {
      if (options.mode === 'causal') {
        throw new VoiceprintError(
          'model/unsupported',
          `${model.name} cannot stream: it embeds whole utterances; use mode 'window'`,
        );
      }
      const least = Math.max(ENGINE_VOICE_DEFAULTS.leastSeconds, model.minimumSeconds);
      const embedder = openWindowEmbedder(engine, SAMPLE_RATE, least, options);
      return joinVoiceStream(await speech.openSpeechGate(), embedder, SAMPLE_RATE, options);
    },
    async embed(samples) {
      if (disposal !== undefined) {
        throw disposed('the engine was disposed; open another');
      }
      refuseNonFinite(samples);
      const seconds = samples.length / SAMPLE_RATE;
      if (seconds < model.minimumSeconds) {
        throw new VoiceprintError(
          'audio/too-short',
          `${seconds.toFixed(2)} s of speech, the model needs ${model.minimumSeconds} s; give more speech`,
        );
      }
      return embedInWindows(samples, manifest, async (window) => {
        const encoded = await encoder.encode(window);
        if (encoded.values.length !== model.embeddingSize) {
          throw new VoiceprintError(
            'model/mismatch',
            `${model.name} gave ${encoded.values.length} values, its description says ${model.embeddingSize}`,
          );
        }
        return encoded;
      });
    },
    dispose() {
      disposal ??= Promise.allSettled([speech.dispose(), encoder.dispose()]).then(() => undefined);
      return disposal;
    },
  };
  return engine;
}

function engineModel(model: EncoderModel): EngineModel {
  const { sha256, bytes, ...rest } = model;
  return {
    ...rest,
    sampleRate: SAMPLE_RATE,
    files: { model: { path: model.name, sha256, bytes } },
  };
}

function refuseModel(model: EncoderModel): void {
  const { name, sha256, embeddingSize, minimumSeconds, recommendedSeconds } = model;
  const invalid = (what: string): VoiceprintError =>
    new VoiceprintError('verifier/invalid', `the encoder's model: ${what}`);
  if (name === '') throw invalid('name is empty; give what voiceprints are to be labelled with');
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw invalid(`sha256 is ${JSON.stringify(sha256)}; give 64 lower-case hexadecimal digits`);
  }
  if (!Number.isInteger(embeddingSize) || embeddingSize < 1) {
    throw invalid(`embeddingSize is ${embeddingSize}; give a whole number from 1`);
  }
  if (!(minimumSeconds > 0 && recommendedSeconds >= minimumSeconds)) {
    throw invalid(
      `minimumSeconds is ${minimumSeconds} and recommendedSeconds ${recommendedSeconds}; give 0 < minimum <= recommended`,
    );
  }
  for (const { falseAcceptRate, score } of model.thresholds) {
    if (!(falseAcceptRate > 0 && falseAcceptRate < 1 && score >= -1 && score <= 1)) {
      throw invalid(
        `a threshold has falseAcceptRate ${falseAcceptRate} and score ${score}; give a rate between 0 and 1 and a cosine`,
      );
    }
  }
  let last = 0;
  for (const { maximumSeconds, scale, offset } of model.calibration) {
    const limit = maximumSeconds ?? Number.POSITIVE_INFINITY;
    if (!(limit > last && scale > 0 && Number.isFinite(scale) && Number.isFinite(offset))) {
      throw invalid(
        `a calibration entry has maximumSeconds ${maximumSeconds}, scale ${scale} and offset ${offset}; give rising limits, a positive scale and a finite offset`,
      );
    }
    last = limit;
  }
}
