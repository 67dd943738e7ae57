import type { AudioInput, MicrophoneSettings, QualityReport, Recording } from '../audio/types.js';
import type { EncoderFactory } from '../engine/encoder/types.js';
import type { LoadProgress } from '../engine/progress.js';
import type { ModelFiles } from '../models/given-files.js';
import type { Model } from '../models/model.js';
import type { BackendReport } from '../runtime/types.js';
import type { StreamOptions, VoiceStream } from '../stream/types.js';
import type { EmbedLengthsOptions, LengthEmbedding } from './embed-lengths.js';
import type { Timings } from './timings.js';

/** Options of {@link createVerifier}; the defaults are exported as `VERIFIER_DEFAULTS`. */
export interface VerifierOptions {
  /**
   * A model that ships with the package, the URL of a model folder, or the files of one.
   * @defaultValue `'default'`
   */
  readonly model?: string | URL | ModelFiles;
  /**
   * An encoder of the caller's own in place of `model`, such as `transformersEncoder(id)` of
   * `voiceprint-web/transformers`.
   */
  readonly encoder?: EncoderFactory;
  /**
   * A streaming model beside the other one, as `model` is given. Enrollment embeds with both, and
   * streams of mode `'causal'` compare by this one; both run in one worker.
   */
  readonly streamingModel?: string | URL | ModelFiles;
  /** `'auto'` takes WebGPU when it is there and its self-check passes. @defaultValue `'auto'` */
  readonly backend?: 'auto' | 'webgpu' | 'wasm';
  /** WebAssembly threads, at most 4; only where the page is cross-origin isolated. */
  readonly threads?: number;
  /** False-accept rate, 0 to 1, that decisions are made at. @defaultValue 0.05 */
  readonly falseAcceptRate?: number;
  /** `'device'` keeps voiceprints encrypted in IndexedDB, `'memory'` until the page goes. */
  readonly vault?: 'device' | 'memory';
  /** Name of the IndexedDB database, so that two apps of an origin stay apart. */
  readonly vaultName?: string;
  /** Called while the engine loads. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Gives the loading up. */
  readonly signal?: AbortSignal;
}

/** Options of {@link Verifier.enroll}. */
export interface EnrollOptions {
  /** 0 to 1, as utterances are decoded, checked and embedded. */
  readonly onProgress?: (done: number) => void;
  /** Replace an enrollment of the same name instead of adding utterances to it. @defaultValue false */
  readonly replace?: boolean;
  /**
   * Enroll what would not be accepted as the same person, too: a voice on another day, another
   * microphone. Without it such an utterance is refused with `audio/inconsistent`, because whoever
   * it is of would be accepted from then on. @defaultValue false
   */
  readonly allowDifferent?: boolean;
  /** Gives the call up; nothing is stored then. */
  readonly signal?: AbortSignal;
}

/** The outcome of {@link Verifier.enroll}. */
export interface Enrollment {
  /** The name in its stored form. */
  readonly speaker: string;
  /** Utterances and pieces of long ones enrolled so far. */
  readonly utterances: number;
  /** Seconds of speech enrolled so far. */
  readonly speechSeconds: number;
  /** Speech enrolled so far over what the model recommends, 0 to 1. */
  readonly completeness: number;
  /**
   * Mean score of each piece of speech with all others, on the scale of {@link Verification.score};
   * undefined for a single one, and where the model carries no thresholds.
   */
  readonly consistency: number | undefined;
  /** Pieces that were enrolled already, as the same recording, and were not counted again. */
  readonly repeated: number;
  /** Of each utterance that was given, in order. */
  readonly quality: readonly QualityReport[];
  /** What this call took. */
  readonly timings: Timings;
}

/** Options of {@link Verifier.verify}. */
export interface VerifyOptions {
  /** Overrides the verifier's false-accept rate for this call. */
  readonly falseAcceptRate?: number;
  /**
   * Decides at this score, on the scale of {@link Verification.score}, instead of at a measured
   * false-accept rate: for models without thresholds.
   */
  readonly threshold?: number;
  /** Gives the call up. */
  readonly signal?: AbortSignal;
}

/** The outcome of {@link Verifier.verify}. */
export interface Verification {
  /** The name in its stored form. */
  readonly speaker: string;
  /** `score >= threshold`. */
  readonly accepted: boolean;
  /** Mean cosine of the utterance's embedding with those of the enrolled utterances, -1 to 1. */
  readonly cosine: number;
  /**
   * What decides. Where the model normalises (AS-norm): by how many standard deviations the cosine
   * lies above those of the nearest impostors of both sides; else the cosine itself.
   */
  readonly score: number;
  /** The score from which `accepted` is true: one for a model and a false-accept rate. */
  readonly threshold: number;
  /**
   * Natural-log likelihood ratio at the seconds of speech that were compared, above 0 for the same
   * person; undefined without calibration.
   */
  readonly llr: number | undefined;
  /** Seconds of speech on the shorter side, which `llr` is for. */
  readonly seconds: number;
  /** The measured false-accept rate of `threshold`; undefined when the caller gave the threshold. */
  readonly falseAcceptRate: number | undefined;
  /** Of the utterance. */
  readonly quality: QualityReport;
  /** What this call took. */
  readonly timings: Timings;
}

/** Options of {@link Verifier.identify}. */
export interface IdentifyOptions extends VerifyOptions {
  /**
   * How probable it is, before anything is heard, that whoever speaks is not enrolled, above 0 and
   * below 1. @defaultValue 0.9, exported as `STRANGER_PRIOR`
   */
  readonly strangerPrior?: number;
  /** At most so many candidates are returned. @defaultValue 5 */
  readonly limit?: number;
}

/** One of those who are enrolled, compared with an utterance. */
export interface Candidate {
  /** As enrolled. */
  readonly speaker: string;
  /** As of {@link Verification.cosine}. */
  readonly cosine: number;
  /** As of {@link Verification.score}. */
  readonly score: number;
  /** As of {@link Verification.llr}. */
  readonly llr: number | undefined;
  /**
   * How probable it is that this person speaks, 0 to 1: over everyone who is enrolled, and
   * {@link Identification.nobody}. Undefined without calibration.
   */
  readonly posterior: number | undefined;
}

/** The outcome of {@link Verifier.identify}: open set, so `speaker` may be undefined. */
export interface Identification {
  /**
   * The most probable of those who are enrolled, if they are more probable than a stranger; else
   * undefined. With several people enrolled this takes more than the threshold for one of them, so
   * that the false-accept rate holds for all of them together.
   */
  readonly speaker: string | undefined;
  /** Highest score first. */
  readonly candidates: readonly Candidate[];
  /**
   * How probable it is that whoever speaks is not enrolled, 0 to 1; undefined without calibration.
   */
  readonly nobody: number | undefined;
  /** As of {@link Verification.threshold}: what one comparison by itself would need. */
  readonly threshold: number;
  /** The false-accept rate of the whole decision; undefined when the caller gave the threshold. */
  readonly falseAcceptRate: number | undefined;
  /** Of the utterance. */
  readonly quality: QualityReport;
  /** What this call took. */
  readonly timings: Timings;
}

/** A person in the vault. */
export interface EnrolledSpeaker {
  /** As enrolled. */
  readonly speaker: string;
  /** How many were enrolled. */
  readonly utterances: number;
  /** Seconds of speech in all utterances. */
  readonly speechSeconds: number;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly updatedAt: string;
  /** Name of the model that made the voiceprint. */
  readonly modelName: string;
  /** False when the voiceprint was made by another model and cannot be compared here. */
  readonly comparable: boolean;
}

/** What a recording session reports some 20 times a second. */
export interface RecordingProgress {
  /** RMS level of the last moments in dB relative to full scale, -Infinity to 0. */
  readonly levelDb: number;
  /** Whether the last moments were speech. */
  readonly speaking: boolean;
  /** Seconds recorded so far. */
  readonly seconds: number;
  /** Seconds of speech among them. */
  readonly speechSeconds: number;
}

/** Options of {@link Verifier.record}. */
export interface RecordOptions {
  /** Stop by itself after so many seconds of speech. Without it, `stop()` ends the recording. */
  readonly speechSeconds?: number;
  /** Stop by itself after so many seconds in all. @defaultValue 30 */
  readonly maximumSeconds?: number;
  /** Called some 20 times a second. */
  readonly onProgress?: (progress: RecordingProgress) => void;
  /** Brings its own stream instead of `getUserMedia` (a test, a call, a chosen device). */
  readonly getStream?: () => Promise<MediaStream>;
  /** Ends the recording and throws its audio away. */
  readonly signal?: AbortSignal;
}

/** A running recording. */
export interface RecordingSession extends AsyncDisposable {
  /** The device in use, and what the browser granted of what was asked. */
  readonly microphone: MicrophoneSettings;
  /** Resolves when the recording ended by itself or by `stop()`. */
  readonly finished: Promise<Recording>;
  /** Ends the recording and keeps its audio; settles as `finished`. */
  stop(): Promise<Recording>;
  /** Ends the recording and throws its audio away. */
  cancel(): void;
}

/** The embedding of one utterance, for those who score by themselves. */
export interface Embedding {
  /** `model.embeddingSize` values. Their length (norm) has no meaning: compare by cosine. */
  readonly values: Float32Array;
  /** What the utterance sounds like. */
  readonly quality: QualityReport;
  /** What it cost, in milliseconds. */
  readonly timings: Timings;
}

/**
 * Speaker verification in this page. Made by {@link createVerifier}.
 *
 * Every method throws VoiceprintError `disposed` after `dispose()`, and `backend/failed` when the
 * device or the worker failed under it: the next call starts it again. Methods that take audio throw
 * `audio/undecodable` and `audio/invalid` for what is none.
 */
export interface Verifier extends AsyncDisposable {
  /** What is known about the model that decides. */
  readonly model: Model;
  /** The streaming model beside it, where one was given. */
  readonly streamingModel?: Model;
  /** Where the model runs now and why: it moves off a graphics device that fails. */
  readonly backend: BackendReport;
  /**
   * Adds utterances of a person to their voiceprint, or makes one; long ones are enrolled in pieces
   * of about 5 s of speech. Stores all of them or nothing.
   *
   * @param speaker - 1 to 200 characters of any script.
   * @throws VoiceprintError `audio/*` naming the utterance that is not usable or of another person,
   *   `model/mismatch` for a voiceprint of another model, `verifier/invalid`, `vault/*`, `aborted`.
   */
  enroll(
    speaker: string,
    utterances: AudioInput | readonly AudioInput[],
    options?: EnrollOptions,
  ): Promise<Enrollment>;
  /**
   * Compares an utterance with one person.
   *
   * @throws VoiceprintError `vault/unknown-speaker`, `audio/*` for an utterance that is not usable,
   *   `model/mismatch`, `model/unsupported` where the model carries no thresholds, `verifier/invalid`,
   *   `aborted`.
   */
  verify(speaker: string, utterance: AudioInput, options?: VerifyOptions): Promise<Verification>;
  /**
   * Compares an utterance with everyone who is enrolled by this model; it may be nobody.
   *
   * @throws VoiceprintError as {@link Verifier.verify}.
   */
  identify(utterance: AudioInput, options?: IdentifyOptions): Promise<Identification>;
  /** Quality and speech segments of an utterance, without embedding or storing anything. */
  inspect(utterance: AudioInput): Promise<QualityReport>;
  /**
   * Embeds the speech of an utterance, without storing anything.
   *
   * @throws VoiceprintError `audio/*` for an utterance that is not usable.
   */
  embed(utterance: AudioInput): Promise<Embedding>;
  /**
   * Embeds the start of a recording at several lengths, for those who measure a model: pauses
   * included unless asked otherwise, and whatever its quality. Throws `verifier/invalid` for a length
   * that is not above 0, `audio/too-short` where there is less than the model can embed.
   *
   * @returns one embedding per length.
   */
  embedLengths(
    utterance: AudioInput,
    options?: EmbedLengthsOptions,
  ): Promise<readonly LengthEmbedding[]>;
  /**
   * Asks for the microphone and records, following the speech as it comes.
   *
   * @throws VoiceprintError `audio/microphone-refused`, `audio/microphone-missing`,
   *   `verifier/invalid`, `aborted`; what is lost later rejects `finished`.
   */
  record(options?: RecordOptions): Promise<RecordingSession>;
  /**
   * Verifies while somebody talks. Starts at once; see `ready` of the stream.
   *
   * @param speakers - Whom to listen for; everyone who is enrolled where it is left out.
   * @throws VoiceprintError `verifier/invalid` for a bad option or name, `model/unsupported` when
   *   the model carries no thresholds or cannot stream in the mode that was asked for. What is found
   *   out later (`vault/unknown-speaker`, `model/mismatch`, `audio/microphone-refused` ...) rejects
   *   `ready` and is told as an `error` event.
   */
  stream(speakers?: string | readonly string[], options?: StreamOptions): VoiceStream;
  /** Everyone on this device, by name; also those whom another model or release enrolled. */
  list(): Promise<readonly EnrolledSpeaker[]>;
  /** @returns false when nobody of that name was enrolled. */
  remove(speaker: string): Promise<boolean>;
  /** Deletes every voiceprint and the key they were encrypted with. */
  removeAll(): Promise<void>;
  /** Voiceprints as one file, encrypted under a passphrase (PBKDF2, AES-GCM). */
  export(passphrase: string, speakers?: readonly string[]): Promise<Blob>;
  /** @returns the names that were imported. */
  import(file: Blob, passphrase: string): Promise<readonly string[]>;
  /**
   * Lets calls end that are under way, gives microphone and streams back, and ends the worker unless
   * another verifier of the page shares it. Idempotent; what is stored stays.
   */
  dispose(): Promise<void>;
}

export type { AudioInput, BackendReport, LoadProgress, Model, QualityReport, Recording, Timings };
