import type { MicrophoneSettings } from '../audio/types.js';
import type { VoiceprintError } from '../errors.js';
import type { BackendReport } from '../runtime/types.js';

/**
 * How a stream embeds what it hears: `'causal'` steps a streaming encoder through every chunk
 * once; `'window'` runs the offline encoder again over the last seconds for every score.
 */
export type StreamMode = 'causal' | 'window';

/** Where a stream's audio comes from; `'pushed'` takes what is given to `push`. */
export type StreamSource = 'microphone' | 'pushed' | MediaStream;

/** `'unknown'` until enough speech was heard, and between the two thresholds after a silence. */
export type StreamDecision = 'unknown' | 'accepted' | 'rejected';

/** How an enrolled speaker scored against what was heard last. */
export interface StreamCandidate {
  /** As enrolled. */
  readonly speaker: string;
  /** Mean cosine of the latest window with the enrolled utterances, -1 to 1; not smoothed. */
  readonly cosine: number;
  /** The score that decides, smoothed: on the scale of `Verification.score`. */
  readonly score: number;
  /** Calibrated natural-log likelihood ratio of `score` at the seconds heard; undefined without calibration. */
  readonly llr: number | undefined;
  /** How probable it is that this person speaks, 0 to 1; undefined without calibration. */
  readonly posterior: number | undefined;
}

/** The state of a stream at one moment; several times a second while somebody speaks. */
export interface StreamScore {
  readonly type: 'score';
  /** Seconds of audio since the stream began, pauses of the stream left out. */
  readonly atSeconds: number;
  /** Seconds of speech heard since the stream began. */
  readonly speechSeconds: number;
  /** Seconds of speech that the score looks back on. */
  readonly scoredSeconds: number;
  /** What is decided at this moment. */
  readonly decision: StreamDecision;
  /**
   * The accepted speaker; undefined unless `decision` is `'accepted'`. Of one person the threshold
   * decides; of several the posterior, which needs more the more there are, so that the false-accept
   * rate holds for all of them together.
   */
  readonly speaker: string | undefined;
  /** Highest score first; one per speaker that the stream listens for. */
  readonly candidates: readonly StreamCandidate[];
  /** That of the best candidate, as are `score` and `llr`. */
  readonly cosine: number;
  /** The score that decides, smoothed: on the scale of `Verification.score`. */
  readonly score: number;
  /** Calibrated natural-log likelihood ratio; undefined without calibration. */
  readonly llr: number | undefined;
  /** How probable it is that none of the speakers speaks, 0 to 1; undefined without calibration. */
  readonly nobody: number | undefined;
  /** The score from which one person is accepted: the same for all of a stream, and for `verify`. */
  readonly threshold: number;
  /** The false-accept rate of the decision; undefined when the caller gave `threshold`. */
  readonly falseAcceptRate: number | undefined;
  /** What this score cost. */
  readonly cost: StreamCost;
}

/** What keeping up costs. */
export interface StreamCost {
  /** From the last sample of the chunk to its score, in milliseconds. */
  readonly latencyMilliseconds: number;
  /** Share of real time spent computing over the last seconds; above 1 the device is too slow. */
  readonly load: number;
  /** Seconds of audio dropped so far because the device was too slow. */
  readonly droppedSeconds: number;
}

/** The first speech of an accepted speaker, or the end of a doubt about who speaks. */
export interface StreamAccept {
  readonly type: 'accept';
  /** Seconds since the stream began. */
  readonly atSeconds: number;
  /** Who was recognised. */
  readonly speaker: string;
  /** The score that decided. */
  readonly score: StreamScore;
  /** Seconds of speech from the beginning of this turn to this decision. */
  readonly decidedAfterSeconds: number;
}

/** Somebody speaks who is none of the speakers that the stream listens for. */
export interface StreamReject {
  readonly type: 'reject';
  /** Seconds since the stream began. */
  readonly atSeconds: number;
  /** The score that decided. */
  readonly score: StreamScore;
  /** Seconds of speech in this turn until the decision. */
  readonly decidedAfterSeconds: number;
}

/** The voice changed; `undefined` stands for somebody who is not enrolled. */
export interface StreamSpeakerChange {
  readonly type: 'speaker-change';
  /** Seconds since the stream began. */
  readonly atSeconds: number;
  /** Who spoke; undefined for somebody else. */
  readonly from: string | undefined;
  /** Who speaks now; undefined for somebody else. */
  readonly to: string | undefined;
}

/** Nobody has spoken for `silentSeconds`. Sent once per silence. */
export interface StreamNoSpeech {
  readonly type: 'no-speech';
  /** Seconds since the stream began. */
  readonly atSeconds: number;
  /** Seconds since the last speech. */
  readonly silentSeconds: number;
}

/** The stream goes on, but not as well as before. */
export interface StreamDegraded {
  readonly type: 'degraded';
  /** Seconds since the stream began. */
  readonly atSeconds: number;
  /** What became worse. */
  readonly reason:
    | 'dropped-audio'
    | 'moved-to-wasm'
    | 'device-changed'
    | 'sample-rate-changed'
    | 'page-hidden'
    | 'microphone-muted'
    | 'worker-restarted';
  /** One sentence for a person. */
  readonly message: string;
  /** Seconds of audio that were dropped so far. */
  readonly droppedSeconds: number;
}

/** The stream ended because of a failure; what was heard until then stays in `current`. */
export interface StreamFailure {
  readonly type: 'error';
  /** Seconds since the stream began. */
  readonly atSeconds: number;
  /** What ended the stream. */
  readonly error: VoiceprintError;
}

/** Everything that a stream says, told apart by `type`. */
export type StreamEvent =
  | StreamScore
  | StreamAccept
  | StreamReject
  | StreamSpeakerChange
  | StreamNoSpeech
  | StreamDegraded
  | StreamFailure;

/** Options of `Verifier.stream`; the defaults are exported as `STREAM_DEFAULTS`. */
export interface StreamOptions {
  /** By default `'causal'` where the verifier has a streaming encoder, else `'window'`. */
  readonly mode?: StreamMode;
  /** @defaultValue `'microphone'` */
  readonly source?: StreamSource;
  /** Overrides the verifier's false-accept rate. */
  readonly falseAcceptRate?: number;
  /** Decides at this score, on the scale of `Verification.score`, instead of at a measured rate. */
  readonly threshold?: number;
  /**
   * Of several people: how probable it is, before anything is heard, that somebody else speaks, above
   * 0 and below 1. @defaultValue 0.9, exported as `STRANGER_PRIOR`
   */
  readonly strangerPrior?: number;
  /** Scores per second of speech. @defaultValue 4 */
  readonly scoresPerSecond?: number;
  /** Seconds of speech that a score looks back on. @defaultValue 2 */
  readonly windowSeconds?: number;
  /** Seconds of speech before the first decision. @defaultValue 1.5 */
  readonly minimumSeconds?: number;
  /**
   * An accepted speaker is kept until the evidence falls so far below what accepts, in nats of the
   * log-odds (0 to 20). @defaultValue 1
   */
  readonly hysteresis?: number;
  /** Seconds without speech until `no-speech`. @defaultValue 3 */
  readonly silenceSeconds?: number;
  /** Audio waiting for a device that is too slow; beyond it the oldest is dropped. @defaultValue 2 */
  readonly maximumLagSeconds?: number;
  /** Every event; `onScore`, `onAccept` ... are for those who want one kind. */
  readonly onEvent?: (event: StreamEvent) => void;
  /** Several times per second of speech. */
  readonly onScore?: (event: StreamScore) => void;
  /** Somebody who is listened for speaks. */
  readonly onAccept?: (event: StreamAccept) => void;
  /** Somebody else speaks. */
  readonly onReject?: (event: StreamReject) => void;
  /** Another voice took over. */
  readonly onSpeakerChange?: (event: StreamSpeakerChange) => void;
  /** Nobody has spoken for a while. */
  readonly onNoSpeech?: (event: StreamNoSpeech) => void;
  /** Something was lost; the stream goes on. */
  readonly onDegraded?: (event: StreamDegraded) => void;
  /** The stream ended by a failure. */
  readonly onError?: (event: StreamFailure) => void;
  /**
   * The audio as the stream takes it in, for level meters and pictures: mono at 16 kHz in [-1, 1],
   * every sample once, so that the count so far over 16,000 is the clock of `atSeconds`. Valid until
   * the callback returns. Costs a copy to the page: leave it out where nothing is drawn.
   */
  readonly onAudio?: (samples: Float32Array) => void;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
}

/** What a stream heard from beginning to end. */
export interface StreamSummary {
  /** Seconds of audio that were heard. */
  readonly seconds: number;
  /** Seconds of speech among them. */
  readonly speechSeconds: number;
  /** Seconds of audio that were dropped. */
  readonly droppedSeconds: number;
  /** Seconds of speech until the first decision; undefined when there was none. */
  readonly firstDecisionSeconds: number | undefined;
  /** Who spoke when, as decided: seconds since the beginning, `speaker` undefined for nobody enrolled. */
  readonly turns: readonly StreamTurn[];
}

/** A stretch of one decision. */
export interface StreamTurn {
  /** Seconds since the stream began. */
  readonly start: number;
  /** Seconds since the stream began. */
  readonly end: number;
  /** What was decided about the turn. */
  readonly decision: StreamDecision;
  /** Who spoke; undefined for nobody who is listened for. */
  readonly speaker: string | undefined;
}

/** `'starting'` until the microphone and the encoder are there. */
export type StreamState = 'starting' | 'running' | 'paused' | 'ended';

/** A verification that goes on while somebody talks. Made by `Verifier.stream`. */
export interface VoiceStream extends AsyncDisposable {
  /** How scores are made. */
  readonly mode: StreamMode;
  /** Where the stream is. */
  readonly state: StreamState;
  /** Where the model runs at the moment; it may move to WebAssembly on the way. */
  readonly backend: BackendReport;
  /** The device in use; undefined for pushed audio and before the microphone is open. */
  readonly microphone: MicrophoneSettings | undefined;
  /** The latest score; undefined before the first. */
  readonly current: StreamScore | undefined;
  /** Resolves when the stream listens; rejects with what kept it from that (refused microphone ...). */
  readonly ready: Promise<void>;
  /** Resolves when the stream ended, by `stop`, the signal, or a failure (see the `error` event). */
  readonly finished: Promise<StreamSummary>;
  /**
   * Gives audio to a stream with source `'pushed'`.
   *
   * @param samples - Mono PCM in [-1, 1], any number of them; copied, not kept.
   * @param sampleRate - In Hz; 16,000 by default. It may change between calls.
   * @returns when the audio was taken in, so that a file can be pushed at the device's own pace.
   */
  push(samples: Float32Array, sampleRate?: number): Promise<void>;
  /** Stops listening (the microphone is given back) and keeps what was heard. */
  pause(): Promise<void>;
  /** Goes on after a pause. */
  resume(): Promise<void>;
  /** Forgets what was heard, as for a new conversation, and listens on. */
  reset(): Promise<void>;
  /** Ends the stream and gives microphone, encoder states and memory back. Idempotent. */
  stop(): Promise<StreamSummary>;
}
