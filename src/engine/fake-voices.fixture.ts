import type { GatedSpeech } from '../audio/gate-stream.js';
import type { Manifest } from '../models/manifest.js';
import type { BackendReport } from '../runtime/types.js';
import { joinVoiceStream } from './live/voice.js';
import { openWindowEmbedder } from './live/window-embedder.js';
import type { EncodedSpeech, Engine } from './types.js';

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

/** A voice is an angle in degrees: every sample of it is (degrees + 1) / 1000, silence is 0. */
export function voice(degrees: number, seconds: number, rate = RATE): Float32Array {
  return new Float32Array(Math.round(seconds * rate)).fill((degrees + 1) / 1000);
}

export function silence(seconds: number): Float32Array {
  return new Float32Array(Math.round(seconds * RATE));
}

/** The mean direction of the voices in speech, so that mixtures lie between them. */
export function embedVoices(speech: Float32Array): EncodedSpeech {
  const values = new Float32Array(2);
  for (let i = 0; i < speech.length; i += 40) {
    const radians = (((speech[i] ?? 0) * 1000 - 1) * Math.PI) / 180;
    values[0] = (values[0] ?? 0) + Math.cos(radians);
    values[1] = (values[1] ?? 0) + Math.sin(radians);
  }
  return { values, featuresMilliseconds: 0, encoderMilliseconds: 0 };
}

/** Lets samples pass that are not 0. */
function openGate() {
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
    async reset() {
      silent = 0;
    },
    close: async () => undefined,
  };
}

/** An engine without networks; `changes` replace parts of it. */
export function fakeEngine(changes: Partial<Engine> = {}): Engine {
  const engine: Engine = {
    manifest: MANIFEST,
    backend: WASM,
    analyse: async (samples) => ({
      milliseconds: 0,
      quality: {
        usable: true,
        reasons: [],
        seconds: samples.length / RATE,
        speechSeconds: samples.length / RATE,
        levelDb: -20,
        peak: 0.5,
        clippedShare: 0,
        snrDb: 30,
        segments: [{ start: 0, end: samples.length / RATE }],
      },
    }),
    embed: async (speech) => embedVoices(speech),
    openSpeechStream: () => Promise.reject(new Error('not in this test')),
    openSpeechGate: async () => openGate(),
    openVoiceStream: async (options) =>
      joinVoiceStream(openGate(), openWindowEmbedder(engine, RATE, 0.75, options), RATE, options),
    dispose: async () => undefined,
  };
  return Object.assign(engine, changes);
}
