import {
  type BackendReport,
  type StreamCost,
  type StreamEvent,
  type StreamOptions,
  type StreamScore,
  type StreamSummary,
  type StreamTurn,
  VoiceprintError,
  type VoiceStream,
} from 'voiceprint-web';

/** What becomes of a scripted stream; without one it goes well. */
export const FAKE_FATES = ['refused', 'lost', 'degraded', 'slow', 'silent', 'quiet-start'] as const;
export type FakeFate = (typeof FAKE_FATES)[number];

const RATE = 16_000;
const THRESHOLD = 0.42;
const STEP_SECONDS = 0.25;
/** Seconds that each of the scripted voices talks, one after the other. */
const TALK_SECONDS = 4.2;

const MICROPHONE = {
  label: 'Scripted microphone',
  sampleRate: 48_000,
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: undefined,
} as const;

/**
 * A stream that follows a script: the voices talk in turns, then a stranger does. It listens to the
 * loudness of pushed audio only; the microphone is invented.
 */
export function fakeStream(
  speakers: readonly string[],
  options: StreamOptions,
  backend: BackendReport,
  fate?: FakeFate,
): VoiceStream {
  const pushed = options.source === 'pushed';
  const smoothed = speakers.map(() => 0.05);
  const turns: StreamTurn[] = [];
  let state: VoiceStream['state'] = 'starting';
  let current: StreamScore | undefined;
  let samples = 0;
  let speech = 0;
  let scoredSpeech = 0;
  let quiet = 0;
  let decided: { readonly speaker: string | undefined; readonly known: boolean } | undefined;
  let firstDecisionSeconds: number | undefined;
  let told = false;
  let silenceTold = false;
  let timer: ReturnType<typeof setInterval> | undefined;
  let finish: (summary: StreamSummary) => void = () => {};
  const finished = new Promise<StreamSummary>((resolve) => {
    finish = resolve;
  });

  const at = (): number => samples / RATE;
  const send = (event: StreamEvent): void => {
    options.onEvent?.(event);
    if (event.type === 'score') options.onScore?.(event);
    else if (event.type === 'error') options.onError?.(event);
    else if (event.type === 'degraded') options.onDegraded?.(event);
  };
  const cost = (): StreamCost => ({
    latencyMilliseconds: 38 + 30 * Math.abs(Math.sin(at() * 3)),
    load: fate === 'slow' ? 1.24 : 0.09 + 0.02 * Math.sin(at()),
    droppedSeconds: fate === 'slow' ? Math.max(0, at() - 4) * 0.19 : 0,
  });
  const degrade = (): void => {
    if (told || at() < 4 || (fate !== 'degraded' && fate !== 'slow')) return;
    told = true;
    send({
      type: 'degraded',
      atSeconds: at(),
      reason: fate === 'slow' ? 'dropped-audio' : 'moved-to-wasm',
      message:
        fate === 'slow'
          ? 'This device is too slow: 0.4 seconds of audio were dropped.'
          : 'The graphics device was lost: going on with WebAssembly.',
      droppedSeconds: cost().droppedSeconds,
    });
  };
  const fail = (): void => {
    if (fate !== 'lost' || at() < 6 || state === 'ended') return;
    const error = new VoiceprintError('audio/microphone-lost', 'The microphone was disconnected.');
    send({ type: 'error', atSeconds: at(), error });
    void end();
  };

  const score = (): void => {
    scoredSpeech = speech;
    const cast = [...speakers.slice(0, 3), undefined];
    const talking = cast[Math.floor(speech / TALK_SECONDS) % cast.length];
    const candidates = speakers
      .map((speaker, place) => {
        const aim = speaker === talking ? 0.66 : 0.08 + 0.05 * place;
        const wobble = 0.06 * Math.sin(speech * 2.3 + place * 2);
        smoothed[place] = (smoothed[place] ?? 0) + (aim + wobble - (smoothed[place] ?? 0)) * 0.28;
        const value = smoothed[place] ?? 0;
        const llr = (value - 0.38) * 14;
        const posterior = 1 / (1 + Math.exp(2 - llr));
        return { speaker, cosine: value, score: value, llr, posterior };
      })
      .sort((a, b) => b.score - a.score);
    const best = candidates[0];
    const value = best?.score ?? 0;
    const minimum = options.minimumSeconds ?? 1.5;
    const accepted = value >= THRESHOLD;
    const known = speech >= minimum && (accepted || value < THRESHOLD - 0.05 || decided?.known);
    const decision = !known ? 'unknown' : accepted ? 'accepted' : 'rejected';
    const speaker = decision === 'accepted' ? best?.speaker : undefined;
    current = {
      type: 'score',
      atSeconds: at(),
      speechSeconds: speech,
      scoredSeconds: Math.min(3, speech),
      decision,
      speaker,
      candidates,
      cosine: value,
      score: value,
      nobody: 1 - (best?.posterior ?? 0),
      llr: best?.llr,
      threshold: options.threshold ?? THRESHOLD,
      falseAcceptRate: options.falseAcceptRate ?? 0.05,
      cost: cost(),
    };
    send(current);
    if (decision === 'unknown') return;
    const last = turns.at(-1);
    if (last && last.decision === decision && last.speaker === speaker && at() - last.end < 1) {
      turns[turns.length - 1] = { ...last, end: at() };
    } else
      turns.push({ start: Math.max(last?.end ?? 0, at() - 0.5), end: at(), decision, speaker });
    if (decided && decided.speaker === speaker) return;
    const before = decided;
    decided = { speaker, known: true };
    firstDecisionSeconds ??= speech;
    const decidedAfterSeconds = before ? 1.1 : speech;
    if (before) {
      send({ type: 'speaker-change', atSeconds: at(), from: before.speaker, to: speaker });
    }
    if (speaker !== undefined) {
      send({ type: 'accept', atSeconds: at(), speaker, score: current, decidedAfterSeconds });
    } else send({ type: 'reject', atSeconds: at(), score: current, decidedAfterSeconds });
  };

  const hear = (chunk: Float32Array): void => {
    if (state !== 'running') return;
    options.onAudio?.(chunk);
    samples += chunk.length;
    let sum = 0;
    for (const value of chunk) sum += value * value;
    const seconds = chunk.length / RATE;
    if (Math.sqrt(sum / Math.max(1, chunk.length)) > 0.008) {
      speech += seconds;
      quiet = 0;
      silenceTold = false;
    } else quiet += seconds;
    if (speech - scoredSpeech >= STEP_SECONDS) score();
    if (quiet >= (options.silenceSeconds ?? 3) && !silenceTold) {
      silenceTold = true;
      send({ type: 'no-speech', atSeconds: at(), silentSeconds: quiet });
    }
    degrade();
    fail();
  };

  const invent = (): void => {
    const chunk = new Float32Array(RATE / 20);
    const silent = fate === 'silent' || (fate === 'quiet-start' && at() < 4) || at() % 9 > 6.8;
    for (let n = 0; n < chunk.length; n++) {
      const time = (samples + n) / RATE;
      const swell = silent ? 0 : Math.max(0, Math.sin(time * 9)) * (0.6 + 0.4 * Math.sin(time * 2));
      const pitch = 2 * Math.PI * (130 + 18 * Math.sin(time * 1.7)) * time;
      let value = 0;
      for (let harmonic = 1; harmonic < 16; harmonic++) {
        const formant = 1 / (1 + ((harmonic * 130 - 600 - 300 * Math.sin(time * 4)) / 350) ** 2);
        value += formant * Math.sin(pitch * harmonic);
      }
      chunk[n] = swell * value * 0.2 + (Math.random() - 0.5) * 0.002;
    }
    hear(chunk);
  };

  const end = async (): Promise<StreamSummary> => {
    if (state !== 'ended') {
      state = 'ended';
      clearInterval(timer);
      finish({
        seconds: at(),
        speechSeconds: speech,
        droppedSeconds: cost().droppedSeconds,
        firstDecisionSeconds,
        turns,
      });
    }
    return finished;
  };
  options.signal?.addEventListener('abort', () => void end());

  const ready = new Promise<void>((resolve, reject) => {
    setTimeout(() => {
      if (fate === 'refused' && !pushed) {
        reject(new VoiceprintError('audio/microphone-refused', 'The microphone was refused.'));
        void end();
        return;
      }
      if (state === 'ended') return;
      state = 'running';
      if (!pushed) timer = setInterval(invent, 50);
      resolve();
    }, 300);
  });

  return {
    mode: options.mode ?? 'causal',
    get state() {
      return state;
    },
    backend,
    get microphone() {
      return pushed || state === 'starting' ? undefined : MICROPHONE;
    },
    get current() {
      return current;
    },
    ready,
    finished,
    async push(chunk) {
      await ready;
      hear(chunk);
    },
    async pause() {
      if (state === 'running') state = 'paused';
    },
    async resume() {
      if (state === 'paused') state = 'running';
    },
    async reset() {
      samples = 0;
      speech = 0;
      scoredSpeech = 0;
      turns.length = 0;
      smoothed.fill(0.05);
      decided = undefined;
      current = undefined;
    },
    stop: end,
    [Symbol.asyncDispose]: async () => void (await end()),
  };
}
