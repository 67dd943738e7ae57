import type { GatedSpeech, GateStream } from '../audio/speech/gate-stream.js';
import type { SpeechDetector } from '../audio/speech/speech-detector.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import type { Manifest } from '../models/manifest.js';
import { modelOf } from '../models/model.js';
import type { BackendReport } from '../runtime/types.js';
import type { Encoded, Encoder } from './encoder/types.js';
import { createEngine } from './engine.js';
import type { Engine } from './types.js';

export const RATE = 16_000;

export const WASM: BackendReport = {
  name: 'wasm',
  entry: 'wasm',
  threads: 1,
  adapter: undefined,
  reason: 'a test',
};

/** Decides at 0.6; a score is calibrated to 10 times it less 5. */
export const MANIFEST = {
  format: 1,
  name: 'fake',
  version: '1',
  architecture: 'ecapa-tdnn',
  upstream: { class: 'fake', config: {} },
  licence: 'Apache-2.0',
  precision: 'fp32',
  files: { model: { path: 'model.onnx', sha256: 'a'.repeat(64), bytes: 1 } },
  frontEnd: { recipe: 'speechbrain', parameters: {} },
  sampleRate: RATE,
  input: { name: 'x', minimumFrames: 5 },
  output: { name: 'y' },
  embeddingSize: 2,
  minimumSeconds: 1,
  recommendedSeconds: 6,
  thresholds: [{ falseAcceptRate: 0.01, score: 0.6, list: 'made', seconds: null, lists: [] }],
  calibration: [{ maximumSeconds: null, scale: 20, offset: -10 }],
  selfCheck: { seed: 1, frames: 5, embedding: [1, 0], minimumCosine: 0.9 },
  training: { data: [], recipe: '' },
  figures: [],
} as const satisfies Manifest;

export const MODEL = modelOf(MANIFEST);

/** Half a period of a voice: so it swings around 0, where a constant would be an offset. */
const HALF_PERIOD_SECONDS = 0.005;

/** A voice is an angle in degrees: every sample of it is ±(degrees + 1) / 1000, silence is 0. */
export function voice(degrees: number, seconds: number, rate = RATE): Float32Array {
  const half = HALF_PERIOD_SECONDS * rate;
  return Float32Array.from({ length: Math.round(seconds * rate) }, (_, i) => {
    const sign = Math.floor(i / half) % 2 === 0 ? 1 : -1;
    return (sign * (degrees + 1)) / 1000;
  });
}

export function silence(seconds: number): Float32Array {
  return new Float32Array(Math.round(seconds * RATE));
}

/** The mean direction of the voices in speech, so that mixtures lie between them. */
export function embedVoices(speech: Float32Array): Encoded {
  const values = new Float32Array(2);
  for (let i = 0; i < speech.length; i += 40) {
    const radians = ((Math.abs(speech[i] ?? 0) * 1000 - 1) * Math.PI) / 180;
    values[0] = (values[0] ?? 0) + Math.cos(radians);
    values[1] = (values[1] ?? 0) + Math.sin(radians);
  }
  return { values, featuresMilliseconds: 0, encoderMilliseconds: 0 };
}

/** Lets samples pass that are not 0. */
function openGate(): GateStream {
  let silent = 0;
  return {
    async push(samples: Float32Array): Promise<GatedSpeech> {
      const speech = samples.filter((sample) => sample !== 0);
      const before = silent / RATE;
      silent = speech.length > 0 ? 0 : silent + samples.length;
      return {
        speech,
        speaking: speech.length > 0,
        silentSeconds: silent / RATE,
        pauseBefore: speech.length > 0 ? before : 0,
      };
    },
    reset() {
      silent = 0;
    },
  };
}

/** Takes every sample of a clip for speech, and everything but 0 in live audio. */
export function fakeDetector(changes: Partial<SpeechDetector> = {}): SpeechDetector {
  return {
    detect: async ({ length }) => (length === 0 ? [] : [{ start: 0, end: length / RATE }]),
    openGate,
    [asyncDispose]: async () => undefined,
    ...changes,
  };
}

/** An encoder without a network; `changes` replace parts of it. */
export function fakeEncoder(changes: Partial<Encoder> = {}): Encoder {
  return {
    model: MODEL,
    backend: WASM,
    encode: async (speech) => embedVoices(speech),
    [asyncDispose]: async () => undefined,
    ...changes,
  };
}

/** An engine without networks; `changes` replace parts of it. */
export function fakeEngine(
  changes: Partial<Engine> = {},
  encoders: readonly Encoder[] = [fakeEncoder()],
): Engine {
  const engine = createEngine(fakeDetector(), encoders);
  return {
    models: engine.models,
    backend: engine.backend,
    hear: (clip, ask) => engine.hear(clip, ask),
    listen: (options) => engine.listen(options),
    hold: (embeddings) => engine.hold(embeddings),
    search: (query, limit) => engine.search(query, limit),
    [asyncDispose]: async () => engine[asyncDispose](),
    ...changes,
  };
}
