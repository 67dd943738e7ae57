import { speechOnly } from '../audio/speech-segments.js';
import type { AudioInput } from '../audio/types.js';
import { VoiceprintError } from '../errors.js';
import { createSerialQueue } from '../runtime/serial-queue.js';
import { normalizeSpeaker } from '../vault/speaker-name.js';
import type { Vault, Voiceprint } from '../vault/types.js';
import type { ChangeQueue } from './change-queue.js';
import { createJudge, type TrialScale } from './decision.js';
import {
  EMBED_LENGTHS_DEFAULTS,
  type EmbedLengthsOptions,
  embedLengths,
  type LengthEmbedding,
} from './embed-lengths.js';
import type { Engine } from './engine-types.js';
import {
  enrollmentPieces,
  makeVoiceprint,
  refuseInconsistent,
  voiceprintScore,
} from './enrollment.js';
import { ENROLLMENT_DEFAULTS } from './options.js';
import { type OpenMicrophone, record } from './recording.js';
import { openSpeakerStream } from './speaker-stream.js';
import type { StreamOptions, VoiceStream } from './stream-types.js';
import type {
  BackendReport,
  Candidate,
  Embedding,
  EnrolledSpeaker,
  Enrollment,
  EnrollOptions,
  Identification,
  IdentifyOptions,
  ModelSummary,
  QualityReport,
  RecordingSession,
  RecordOptions,
  Verification,
  Verifier,
  VerifyOptions,
} from './types.js';
import {
  type Decode,
  type EmbeddedUtterance,
  embedUtterance,
  readUtterance,
  refuseUnusable,
  timingsOf,
} from './utterance.js';
import type { RunningStream } from './voice-stream.js';

/** What a verifier is put together from; the browser and Node bring different parts. */
export interface VerifierParts {
  readonly engine: Engine;
  /** The engine of a streaming model beside the model. */
  readonly streaming?: Engine;
  readonly vault: Vault;
  readonly decode: Decode;
  readonly openMicrophone: OpenMicrophone;
  readonly falseAcceptRate: number;
  /** Where changes of the vault wait for each other. @defaultValue a queue of the verifier's own */
  readonly changes?: ChangeQueue;
}

/** Puts a {@link Verifier} together from its parts. It owns them: `dispose` closes them. */
export function assembleVerifier(parts: VerifierParts): Verifier {
  return new AssembledVerifier(parts);
}

class AssembledVerifier implements Verifier {
  readonly model: ModelSummary;
  readonly streamingModel?: ModelSummary;
  readonly #parts: VerifierParts;
  #disposed: Promise<void> | undefined;
  /**
   * What changes the vault, one after the other: an enrollment reads, then writes, and would undo
   * another one, or bring back whom `remove` deleted in between.
   */
  readonly #changes: ChangeQueue;
  readonly #recordings = new Set<RecordingSession>();
  readonly #streams = new Set<RunningStream>();

  constructor(parts: VerifierParts) {
    this.#parts = parts;
    this.#changes = parts.changes ?? createSerialQueue();
    this.model = summaryOf(parts.engine);
    if (parts.streaming !== undefined) this.streamingModel = summaryOf(parts.streaming);
  }

  get backend(): BackendReport {
    return this.#parts.engine.backend;
  }

  async enroll(
    name: string,
    utterances: AudioInput | readonly AudioInput[],
    options: EnrollOptions = {},
  ): Promise<Enrollment> {
    const { engine, streaming, vault, decode } = this.#open();
    const { manifest } = engine;
    const speaker = normalizeSpeaker(name);
    const started = performance.now();
    const inputs: readonly AudioInput[] = isList(utterances) ? utterances : [utterances];
    if (inputs.length === 0) {
      throw new VoiceprintError('verifier/invalid', 'no utterances to enroll; give at least one');
    }
    const knownNow = async () =>
      options.replace === true ? undefined : await this.#comparable(speaker);
    // A voiceprint of another model is refused before any work, not after it.
    await knownNow();
    const steps = inputs.length * 2;
    const added: EmbeddedUtterance[] = [];
    const labels: string[] = [];
    const quality: QualityReport[] = [];
    for (const [index, input] of inputs.entries()) {
      options.onProgress?.((index * 2) / steps);
      stopIfAborted(options.signal);
      const label =
        inputs.length === 1 ? 'the recording' : `utterance ${index + 1} of ${inputs.length}`;
      const utterance = await readUtterance(engine, decode, input);
      refuseUnusable(utterance, label);
      quality.push(utterance.quality);
      options.onProgress?.((index * 2 + 1) / steps);
      const pieces = enrollmentPieces(utterance, manifest);
      for (const [part, piece] of pieces.entries()) {
        stopIfAborted(options.signal);
        added.push(await embedUtterance(engine, piece, streaming));
        labels.push(
          pieces.length === 1 ? label : `part ${part + 1} of ${pieces.length} of ${label}`,
        );
      }
    }
    const { voiceprint, consistency } = await this.#changes.run(async () => {
      const known = await knownNow();
      const consistency = refuseInconsistent(manifest, known?.utterances ?? [], added, labels);
      const voiceprint = makeVoiceprint(manifest, speaker, known, added, streaming?.manifest);
      stopIfAborted(options.signal);
      this.#open();
      await vault.put(voiceprint);
      return { voiceprint, consistency };
    });
    options.onProgress?.(1);
    return {
      speaker: voiceprint.speaker,
      utterances: voiceprint.utterances.length,
      speechSeconds: voiceprint.speechSeconds,
      completeness: Math.min(1, voiceprint.speechSeconds / manifest.recommendedSeconds),
      consistency: consistency.mean,
      quality,
      timings: timingsOf(added, started),
    };
  }

  async verify(
    speaker: string,
    utterance: AudioInput,
    options: VerifyOptions = {},
  ): Promise<Verification> {
    const { engine, falseAcceptRate } = this.#open();
    const started = performance.now();
    const judge = createJudge(engine.manifest, options, falseAcceptRate);
    const voiceprint = await this.#known(speaker);
    const embedded = await this.#embed(utterance, options.signal);
    const trial = judge.trial(
      judge.statistics(embeddingsOf(voiceprint)),
      judge.statistics(embedded.embedding),
    );
    return {
      speaker: voiceprint.speaker,
      ...this.#judged(trial, voiceprint, embedded),
      falseAcceptRate: judge.point.falseAcceptRate,
      quality: embedded.quality,
      timings: timingsOf([embedded], started),
    };
  }

  async identify(utterance: AudioInput, options: IdentifyOptions = {}): Promise<Identification> {
    const { engine, falseAcceptRate } = this.#open();
    const started = performance.now();
    const judge = createJudge(engine.manifest, options, falseAcceptRate);
    const embedded = await this.#embed(utterance, options.signal);
    const test = judge.statistics(embedded.embedding);
    const candidates: (Candidate & { readonly threshold: number })[] = [];
    for (const voiceprint of await this.#everyone()) {
      const trial = judge.trial(judge.statistics(embeddingsOf(voiceprint)), test);
      candidates.push({
        speaker: voiceprint.speaker,
        ...this.#judged(trial, voiceprint, embedded),
      });
    }
    candidates.sort((a, b) => (b.normalizedScore ?? b.score) - (a.normalizedScore ?? a.score));
    const best = candidates[0];
    return {
      speaker: best?.accepted === true ? best.speaker : undefined,
      candidates: candidates.slice(0, options.limit ?? ENROLLMENT_DEFAULTS.candidates),
      threshold: best?.threshold ?? judge.point.threshold,
      falseAcceptRate: judge.point.falseAcceptRate,
      quality: embedded.quality,
      timings: timingsOf([embedded], started),
    };
  }

  async inspect(utterance: AudioInput): Promise<QualityReport> {
    const { engine, decode } = this.#open();
    return (await readUtterance(engine, decode, utterance)).quality;
  }

  async embed(utterance: AudioInput): Promise<Embedding> {
    this.#open();
    const started = performance.now();
    const embedded = await this.#embed(utterance, undefined);
    return {
      values: embedded.embedding,
      quality: embedded.quality,
      timings: timingsOf([embedded], started),
    };
  }

  async embedLengths(
    utterance: AudioInput,
    options: EmbedLengthsOptions = {},
  ): Promise<readonly LengthEmbedding[]> {
    const { engine, decode } = this.#open();
    const { lengths, speechOnly: cut, signal } = { ...EMBED_LENGTHS_DEFAULTS, ...options };
    stopIfAborted(signal);
    const samples = await decode(utterance);
    const speech = cut
      ? speechOnly(samples, (await engine.analyse(samples)).quality.segments)
      : samples;
    return embedLengths(speech, lengths, async (piece) => {
      stopIfAborted(signal);
      return (await engine.embed(piece)).values;
    });
  }

  async record(options: RecordOptions = {}): Promise<RecordingSession> {
    const { engine, openMicrophone } = this.#open();
    const session = await record(engine, openMicrophone, options);
    this.#recordings.add(session);
    const forget = () => this.#recordings.delete(session);
    session.finished.then(forget, forget);
    // It may have been disposed while the person was asked for the microphone.
    if (this.#disposed !== undefined) session.cancel();
    return session;
  }

  stream(speakers?: string | readonly string[], options: StreamOptions = {}): VoiceStream {
    const parts = this.#open();
    const wanted = speakers === undefined ? undefined : namesOf(speakers);
    const voiceprints = () => this.#voiceprints(wanted);
    const named = wanted !== undefined;
    const stream = openSpeakerStream({ ...parts, voiceprints, named }, options);
    this.#streams.add(stream);
    stream.finished.then(() => this.#streams.delete(stream));
    return stream;
  }

  async list(): Promise<readonly EnrolledSpeaker[]> {
    const { vault } = this.#open();
    return (await vault.list()).map((entry) => ({
      speaker: entry.speaker,
      utterances: entry.utterances,
      speechSeconds: entry.speechSeconds,
      createdAt: entry.createdAt,
      updatedAt: entry.updatedAt,
      modelName: entry.modelName,
      comparable: entry.modelSha256 === this.model.sha256,
    }));
  }

  async remove(speaker: string): Promise<boolean> {
    const { vault } = this.#open();
    return this.#changes.run(() => vault.remove(speaker));
  }

  async removeAll(): Promise<void> {
    const { vault } = this.#open();
    await this.#changes.run(() => vault.removeAll());
  }

  async export(passphrase: string, speakers?: readonly string[]): Promise<Blob> {
    const bytes = await this.#open().vault.exportAll(passphrase, speakers);
    return new Blob([bytes], { type: 'application/octet-stream' });
  }

  async import(file: Blob, passphrase: string): Promise<readonly string[]> {
    const { vault } = this.#open();
    const bytes = new Uint8Array(await file.arrayBuffer());
    return this.#changes.run(() => vault.importAll(bytes, passphrase));
  }

  dispose(): Promise<void> {
    this.#disposed ??= (async () => {
      for (const session of this.#recordings) session.cancel();
      try {
        await Promise.all([...this.#streams].map((stream) => stream.abort()));
        await Promise.all([this.#parts.engine.dispose(), this.#parts.streaming?.dispose()]);
      } finally {
        this.#parts.vault.close();
      }
    })();
    return this.#disposed;
  }

  #open(): VerifierParts {
    if (this.#disposed !== undefined) {
      throw new VoiceprintError(
        'backend/disposed',
        'this verifier was disposed; make another with createVerifier()',
      );
    }
    return this.#parts;
  }

  async #embed(input: AudioInput, signal: AbortSignal | undefined): Promise<EmbeddedUtterance> {
    const { engine, decode } = this.#open();
    stopIfAborted(signal);
    const utterance = await readUtterance(engine, decode, input);
    refuseUnusable(utterance, 'the recording');
    stopIfAborted(signal);
    const embedded = await embedUtterance(engine, utterance);
    stopIfAborted(signal);
    return embedded;
  }

  /** The voiceprint of a speaker, if there is one; refuses one that another model made. */
  async #comparable(speaker: string): Promise<Voiceprint | undefined> {
    const voiceprint = await this.#parts.vault.get(speaker);
    if (voiceprint !== undefined && voiceprint.modelSha256 !== this.model.sha256) {
      throw new VoiceprintError(
        'model/mismatch',
        `"${speaker}" was enrolled with model ${voiceprint.modelName} (${voiceprint.modelSha256.slice(0, 8)}), this is ${this.model.name} (${this.model.sha256.slice(0, 8)}); scores across models mean nothing: enroll again with { replace: true }`,
      );
    }
    return voiceprint;
  }

  /** The voiceprint of a speaker who has to be enrolled. */
  async #known(speaker: string): Promise<Voiceprint> {
    const voiceprint = await this.#comparable(speaker);
    if (voiceprint !== undefined) return voiceprint;
    throw new VoiceprintError(
      'vault/unknown-speaker',
      `nobody is enrolled as "${speaker}"; enroll them first or look at list()`,
    );
  }

  /** Everyone who can be compared here; damaged records are left out. */
  async #everyone(): Promise<readonly Voiceprint[]> {
    const { vault } = this.#parts;
    const voiceprints: Voiceprint[] = [];
    for (const { speaker, modelSha256 } of await vault.list()) {
      if (modelSha256 !== this.model.sha256) continue;
      const voiceprint = await readable(vault, speaker);
      if (voiceprint !== undefined) voiceprints.push(voiceprint);
    }
    return voiceprints;
  }

  #voiceprints(wanted: readonly string[] | undefined): Promise<readonly Voiceprint[]> {
    return wanted === undefined
      ? this.#everyone()
      : Promise.all(wanted.map((speaker) => this.#known(speaker)));
  }

  #judged(trial: TrialScale, voiceprint: Voiceprint, embedded: EmbeddedUtterance) {
    const score = voiceprintScore(embedded.embedding, voiceprint);
    const normalizedScore = trial.normalizedScore(score);
    return {
      accepted: score >= trial.threshold,
      score,
      llr: trial.llr(score, this.#shorterSide(voiceprint, embedded)),
      threshold: trial.threshold,
      ...(normalizedScore === undefined ? {} : { normalizedScore }),
    };
  }

  #shorterSide(voiceprint: Voiceprint, embedded: EmbeddedUtterance): number {
    return Math.min(
      voiceprint.speechSeconds,
      embedded.speech.length / this.#parts.engine.manifest.sampleRate,
    );
  }
}

function summaryOf({ manifest }: Engine): ModelSummary {
  return {
    name: manifest.name,
    version: manifest.version,
    architecture: manifest.architecture,
    licence: manifest.licence,
    sha256: manifest.files.model.sha256,
    bytes: manifest.files.model.bytes,
    embeddingSize: manifest.embeddingSize,
    minimumSeconds: manifest.minimumSeconds,
    recommendedSeconds: manifest.recommendedSeconds,
    thresholds: manifest.thresholds,
    calibration: manifest.calibration,
    normalization: manifest.normalization,
  };
}

function embeddingsOf({ utterances }: Voiceprint): readonly Float32Array[] {
  return utterances.map(({ embedding }) => embedding);
}

/** A voiceprint, or undefined when its record is damaged: the others can still be compared. */
async function readable(vault: Vault, speaker: string): Promise<Voiceprint | undefined> {
  try {
    return await vault.get(speaker);
  } catch (error) {
    if (error instanceof VoiceprintError && error.code === 'vault/damaged') return undefined;
    throw error;
  }
}

/** Names without repetition. Throws `verifier/invalid` for none, or for what is no name. */
function namesOf(speakers: string | readonly string[]): readonly string[] {
  const names = typeof speakers === 'string' ? [speakers] : speakers;
  if (!Array.isArray(names) || names.length === 0) {
    throw new VoiceprintError(
      'verifier/invalid',
      `speakers are ${Array.isArray(names) ? 'an empty list' : String(names)}; give names, or leave them out to listen for everyone who is enrolled`,
    );
  }
  return [...new Set(names.map((name) => normalizeSpeaker(name)))];
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new VoiceprintError('verifier/aborted', 'aborted by the caller; nothing was stored', {
      cause: signal.reason,
    });
  }
}

function isList(value: AudioInput | readonly AudioInput[]): value is readonly AudioInput[] {
  return Array.isArray(value);
}
