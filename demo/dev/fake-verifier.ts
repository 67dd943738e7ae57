import {
  type EnrolledSpeaker,
  type QualityReport,
  type RecordingSession,
  type Timings,
  type Verifier,
  VoiceprintError,
} from 'voiceprint-web';
import { type FakeFate, fakeStream } from './fake-stream.js';

export { FAKE_FATES } from './fake-stream.js';

/** What a scripted verifier does; every field has a default that succeeds. */
export interface FakeScript {
  readonly score?: number;
  readonly enrolled?: readonly string[];
  readonly refuse?: VoiceprintError;
  /** Milliseconds that a step takes; Infinity keeps the state for looking at it. */
  readonly stepMilliseconds?: number;
  /** The recording stays at so many seconds of speech. */
  readonly holdSpeechSeconds?: number;
  /** What becomes of streams. */
  readonly fate?: FakeFate;
}

const QUALITY: QualityReport = {
  usable: true,
  reasons: [],
  seconds: 4.2,
  speechSeconds: 3.4,
  levelDb: -23,
  peak: 0.61,
  clippedShare: 0,
  snrDb: 27,
  segments: [
    { start: 0.35, end: 1.9 },
    { start: 2.2, end: 3.9 },
  ],
};

const TIMINGS: Timings = { decode: 4, speech: 21, features: 6, encoder: 84, total: 118 };
const THRESHOLD = 0.33;

const threshold = (falseAcceptRate: number, score: number, falseRejectRate: number) => ({
  falseAcceptRate,
  score,
  list: 'made up',
  seconds: null,
  lists: [
    {
      list: 'made up',
      speakers: 25,
      lengths: [
        {
          seconds: null,
          targets: 1116,
          nontargets: 29760,
          falseAcceptRate,
          falseAcceptBound: falseAcceptRate,
          falseRejectRate,
        },
      ],
    },
  ],
});

const MODEL: Verifier['model'] = {
  name: 'default',
  version: '0.1.0',
  architecture: 'ecapa-tdnn',
  licence: 'Apache-2.0',
  sha256: '0'.repeat(64),
  bytes: 3_480_000,
  embeddingSize: 192,
  minimumSeconds: 1,
  recommendedSeconds: 8,
  thresholds: [
    threshold(0.05, 0.33, 0.04),
    threshold(0.01, 0.42, 0.11),
    threshold(0.001, 0.54, 0.31),
  ],
  calibration: [{ maximumSeconds: null, scale: 14, offset: -5.3 }],
  normalization: undefined,
};

const BACKEND: Verifier['backend'] = {
  name: 'wasm',
  entry: 'wasm',
  threads: 1,
  adapter: undefined,
  reason: 'This is a scripted stand-in: nothing is computed.',
};

/** A verifier that follows a script: for looking at states, and for tests. Hears nothing. */
export function fakeVerifier(script: FakeScript = {}): Verifier {
  const step = script.stepMilliseconds ?? 400;
  const people = new Map<string, EnrolledSpeaker>();
  const add = (speaker: string, seconds: number): EnrolledSpeaker => {
    const before = people.get(speaker);
    const now = new Date().toISOString();
    const person: EnrolledSpeaker = {
      speaker,
      utterances: (before?.utterances ?? 0) + 1,
      speechSeconds: (before?.speechSeconds ?? 0) + seconds,
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
      modelName: MODEL.name,
      comparable: true,
    };
    people.set(speaker, person);
    return person;
  };
  for (const speaker of script.enrolled ?? []) add(speaker, 9);
  const wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      if (Number.isFinite(milliseconds)) setTimeout(resolve, milliseconds);
    });
  const refuse = (): void => {
    if (script.refuse) throw script.refuse;
  };

  return {
    model: MODEL,
    streamingModel: { ...MODEL, name: 'streaming' },
    backend: BACKEND,
    async enroll(speaker, utterances, options) {
      const count = Array.isArray(utterances) ? utterances.length : 1;
      for (let done = 0; done < 4; done++) {
        options?.onProgress?.(done / 4);
        await wait(step / 4);
      }
      refuse();
      let person = add(speaker, QUALITY.speechSeconds);
      for (let more = 1; more < count; more++) person = add(speaker, QUALITY.speechSeconds);
      return {
        speaker,
        utterances: person.utterances,
        speechSeconds: person.speechSeconds,
        completeness: Math.min(1, person.speechSeconds / MODEL.recommendedSeconds),
        consistency: 0.78,
        repeated: 0,
        quality: Array.from({ length: count }, () => QUALITY),
        timings: TIMINGS,
      };
    },
    async verify(speaker, _utterance, options) {
      await wait(step);
      refuse();
      const rate = options?.falseAcceptRate ?? 0.05;
      const threshold =
        MODEL.thresholds.find(({ falseAcceptRate }) => falseAcceptRate === rate)?.score ??
        THRESHOLD;
      const score = script.score ?? 0.71;
      return {
        speaker,
        accepted: score >= threshold,
        cosine: score,
        score,
        seconds: QUALITY.speechSeconds,
        llr: (score - 0.38) * 14,
        threshold,
        falseAcceptRate: rate,
        quality: QUALITY,
        timings: TIMINGS,
      };
    },
    async identify() {
      await wait(step);
      refuse();
      const top = script.score ?? 0.71;
      const candidates = [...people.keys()].map((speaker, rank) => {
        const score = top - rank * 0.31;
        const llr = (score - 0.38) * 14;
        const posterior = (rank === 0 ? 1 : 0.02) / (1 + Math.exp(2 - llr));
        return { speaker, cosine: score, score, llr, posterior };
      });
      const [best] = candidates;
      return {
        speaker: (best?.posterior ?? 0) > 0.5 ? best?.speaker : undefined,
        nobody: 1 - (best?.posterior ?? 0),
        candidates,
        threshold: THRESHOLD,
        falseAcceptRate: 0.05,
        quality: QUALITY,
        timings: TIMINGS,
      };
    },
    async inspect() {
      await wait(step / 4);
      return QUALITY;
    },
    async embed() {
      return { values: new Float32Array(192), quality: QUALITY, timings: TIMINGS };
    },
    async embedLengths(_utterance, options) {
      await wait(step / 4);
      const embedding = {
        seconds: 3,
        values: Float32Array.of(...crypto.getRandomValues(new Uint8Array(192))),
      };
      return (options?.lengths ?? [null]).map(() => embedding);
    },
    async record(options) {
      await wait(script.stepMilliseconds === Number.POSITIVE_INFINITY ? step : 150);
      return fakeRecording(script, options ?? {});
    },
    stream: (speakers, options = {}) =>
      fakeStream(
        speakers === undefined ? [...people.keys()] : [speakers].flat(),
        options,
        BACKEND,
        script.fate,
      ),
    list: async () => [...people.values()],
    remove: async (speaker) => people.delete(speaker),
    removeAll: async () => people.clear(),
    export: async () => new Blob(['{}'], { type: 'application/json' }),
    import: async () => {
      throw new VoiceprintError('vault/damaged', 'This file holds no voiceprints.');
    },
    dispose: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function fakeRecording(
  script: FakeScript,
  options: NonNullable<Parameters<Verifier['record']>[0]>,
): RecordingSession {
  const microphone = {
    label: 'Scripted microphone',
    sampleRate: 48000,
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: undefined,
  };
  let seconds = 0;
  let speechSeconds = 0;
  let timer: ReturnType<typeof setInterval>;
  let resolve: (recording: Awaited<RecordingSession['finished']>) => void = () => {};
  const finished: RecordingSession['finished'] = new Promise((resolved) => {
    resolve = resolved;
  });
  const end = (): RecordingSession['finished'] => {
    clearInterval(timer);
    const samples = new Float32Array(Math.round(16000 * Math.max(1, seconds)));
    for (let n = 0; n < samples.length; n++) {
      const swell = Math.max(0, Math.sin((n / 16000) * 5));
      samples[n] = swell * 0.4 * Math.sin(n * (0.06 + 0.02 * Math.sin(n / 4000)));
    }
    resolve({ samples, sampleRate: 16000, microphone });
    return finished;
  };
  timer = setInterval(() => {
    seconds += 0.05;
    const speaking = Math.sin(seconds * 5) > -0.3;
    const hold = script.holdSpeechSeconds ?? Number.POSITIVE_INFINITY;
    if (speaking) speechSeconds = Math.min(hold, speechSeconds + 0.05);
    const levelDb = speaking ? -30 + 16 * Math.sin(seconds * 23) * Math.sin(seconds * 5) : -58;
    options.onProgress?.({ levelDb, speaking, seconds, speechSeconds });
    if (options.speechSeconds !== undefined && speechSeconds >= options.speechSeconds) void end();
  }, 50);
  return {
    microphone,
    finished,
    stop: end,
    cancel: () => clearInterval(timer),
    [Symbol.asyncDispose]: async () => clearInterval(timer),
  };
}
