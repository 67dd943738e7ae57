import { speechOnly } from '../audio/speech-segments.js';
import type { AudioInput } from '../audio/types.js';
import type { Engine } from '../engine/types.js';
import { disposed } from '../lifetime/ended.js';
import { createSerialQueue } from '../lifetime/serial-queue.js';
import { type DecisionOptions, judge, refuseRate } from '../scoring/judge.js';
import type { Trial, Voice } from '../scoring/trial.js';
import { openSpeakerStream } from '../stream/speaker-stream.js';
import type { StreamOptions, VoiceStream } from '../stream/types.js';
import type { RunningStream } from '../stream/voice-stream.js';
import { normalizeSpeaker } from '../vault/speaker-name.js';
import type { Vault, Voiceprint } from '../vault/types.js';
import { voiceOf } from '../vault/voice.js';
import { checkOptionsObject, stopIfCancelled } from './call-options.js';
import type { ChangeQueue } from './change-queue.js';
import {
  EMBED_LENGTHS_DEFAULTS,
  type EmbedLengthsOptions,
  embedLengths,
  type LengthEmbedding,
} from './embed-lengths.js';
import { embedEnrollment } from './enroll-utterances.js';
import { makeVoiceprint } from './enrollment.js';
import { consistencyOf, refuseDifferent, repeatedPieces } from './enrollment-guard.js';
import { createKnownSpeakers, type KnownSpeakers, speakerNames } from './known-speakers.js';
import { modelSummary } from './model-summary.js';
import { ENROLLMENT_DEFAULTS } from './options.js';
import { type OpenMicrophone, record } from './recording.js';
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

/**
 * Puts a {@link Verifier} together from its parts. It owns them: `dispose` closes them.
 *
 * @throws VoiceprintError `verifier/invalid` for a false-accept rate that a model does not support.
 */
export function assembleVerifier(parts: VerifierParts): Verifier {
  const { engine, streaming, falseAcceptRate } = parts;
  try {
    for (const model of [engine.manifest, streaming?.manifest]) {
      if (model !== undefined) refuseRate(model, falseAcceptRate);
    }
    return new AssembledVerifier(parts);
  } catch (error) {
    // The worker need not be waited for.
    for (const part of [engine, streaming]) part?.dispose().catch(() => undefined);
    throw error;
  }
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
  readonly #speakers: KnownSpeakers;
  readonly #recordings = new Set<RecordingSession>();
  readonly #streams = new Set<RunningStream>();

  constructor(parts: VerifierParts) {
    this.#parts = parts;
    this.#changes = parts.changes ?? createSerialQueue();
    this.model = modelSummary(parts.engine);
    this.#speakers = createKnownSpeakers(parts.vault, this.model);
    if (parts.streaming !== undefined) this.streamingModel = modelSummary(parts.streaming);
  }

  get backend(): BackendReport {
    return this.#parts.engine.backend;
  }

  async enroll(
    name: string,
    utterances: AudioInput | readonly AudioInput[],
    options: EnrollOptions = {},
  ): Promise<Enrollment> {
    const { engine, streaming, vault } = this.#open();
    const { onProgress, replace, signal, allowDifferent } = checkOptionsObject(options);
    const { manifest } = engine;
    const speaker = normalizeSpeaker(name);
    const started = performance.now();
    const knownNow = async () =>
      replace === true ? undefined : await this.#speakers.comparable(speaker);
    // A voiceprint of another model is refused before any work, not after it.
    await knownNow();
    const { added, labels, quality } = await embedEnrollment(this.#parts, utterances, options);
    const judging = manifest.thresholds.length === 0 ? undefined : this.#judge({});
    const { voiceprint, consistency, repeated } = await this.#changes.run(async () => {
      const known = await knownNow();
      const pieces = {
        known: (known?.utterances ?? []).map(({ embedding, speechSeconds: seconds }) => ({
          embedding,
          seconds,
        })),
        added: added.map(({ embedding, utterance, speech }) => ({
          embedding,
          seconds: speech.length / manifest.sampleRate,
          utterance,
        })),
        labels,
      };
      if (allowDifferent !== true) refuseDifferent(judging, pieces);
      const repeated = repeatedPieces(pieces);
      const fresh = <Value>(values: readonly Value[]) => values.filter((_, i) => !repeated.has(i));
      const voiceprint = makeVoiceprint(
        manifest,
        speaker,
        known,
        fresh(added),
        streaming?.manifest,
      );
      stopIfCancelled(signal);
      this.#open();
      await vault.put(voiceprint);
      const consistency =
        judging && consistencyOf(judging, [...pieces.known, ...fresh(pieces.added)]);
      return { voiceprint, consistency, repeated: repeated.size };
    });
    onProgress?.(1);
    return {
      speaker: voiceprint.speaker,
      utterances: voiceprint.utterances.length,
      speechSeconds: voiceprint.speechSeconds,
      completeness: Math.min(1, voiceprint.speechSeconds / manifest.recommendedSeconds),
      consistency,
      repeated,
      quality,
      timings: timingsOf(added, started),
    };
  }

  async verify(
    speaker: string,
    utterance: AudioInput,
    options: VerifyOptions = {},
  ): Promise<Verification> {
    this.#open();
    const started = performance.now();
    const judging = this.#judge(checkOptionsObject(options));
    const voiceprint = await this.#speakers.known(speaker);
    const embedded = await this.#embed(utterance, options.signal);
    return {
      speaker: voiceprint.speaker,
      ...judging.trial(voiceOf(voiceprint), this.#heard(embedded)),
      falseAcceptRate: judging.falseAcceptRate,
      quality: embedded.quality,
      timings: timingsOf([embedded], started),
    };
  }

  async identify(utterance: AudioInput, options: IdentifyOptions = {}): Promise<Identification> {
    this.#open();
    const started = performance.now();
    const judging = this.#judge(checkOptionsObject(options));
    const embedded = await this.#embed(utterance, options.signal);
    const heard = this.#heard(embedded);
    const voices = (await this.#speakers.everyone()).map(voiceOf);
    const trials = voices.map((voice) => judging.trial(voice, heard));
    const { speaker, posterior, nobody } = judging.among(trials);
    const candidates = voices.map(({ speaker }, index) =>
      candidateOf(speaker, trials[index], posterior?.[index]),
    );
    return {
      speaker: speaker === undefined ? undefined : voices[speaker]?.speaker,
      candidates: candidates
        .sort((a, b) => b.score - a.score)
        .slice(0, options.limit ?? ENROLLMENT_DEFAULTS.candidates),
      nobody,
      threshold: judging.threshold,
      falseAcceptRate: judging.falseAcceptRate,
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
    const {
      lengths,
      speechOnly: cut,
      signal,
    } = {
      ...EMBED_LENGTHS_DEFAULTS,
      ...checkOptionsObject(options),
    };
    stopIfCancelled(signal);
    const samples = await decode(utterance);
    const speech = cut
      ? speechOnly(samples, (await engine.analyse(samples)).quality.segments)
      : samples;
    return embedLengths(speech, lengths, async (piece) => {
      stopIfCancelled(signal);
      return (await engine.embed(piece)).values;
    });
  }

  async record(options: RecordOptions = {}): Promise<RecordingSession> {
    const { engine, openMicrophone } = this.#open();
    const session = await record(engine, openMicrophone, checkOptionsObject(options));
    this.#recordings.add(session);
    const forget = () => this.#recordings.delete(session);
    session.finished.then(forget, forget);
    // It may have been disposed while the person was asked for the microphone.
    if (this.#disposed !== undefined) session.cancel();
    return session;
  }

  stream(speakers?: string | readonly string[], options: StreamOptions = {}): VoiceStream {
    const parts = this.#open();
    const wanted = speakers === undefined ? undefined : speakerNames(speakers);
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
      throw disposed('this verifier was disposed; make another with createVerifier()');
    }
    return this.#parts;
  }

  async #embed(input: AudioInput, signal: AbortSignal | undefined): Promise<EmbeddedUtterance> {
    const { engine, decode } = this.#open();
    stopIfCancelled(signal);
    const utterance = await readUtterance(engine, decode, input);
    refuseUnusable(utterance, 'the recording');
    stopIfCancelled(signal);
    const embedded = await embedUtterance(engine, utterance);
    stopIfCancelled(signal);
    return embedded;
  }

  #voiceprints(wanted: readonly string[] | undefined): Promise<readonly Voiceprint[]> {
    return wanted === undefined
      ? this.#speakers.everyone()
      : Promise.all(wanted.map((speaker) => this.#speakers.known(speaker)));
  }

  #judge({ falseAcceptRate, threshold, strangerPrior }: Partial<DecisionOptions>) {
    const { engine, falseAcceptRate: usual } = this.#parts;
    return judge(engine.manifest, {
      falseAcceptRate: falseAcceptRate ?? usual,
      threshold,
      strangerPrior,
    });
  }

  /** An utterance as one side of a trial. */
  #heard({ embedding, speech }: EmbeddedUtterance): Voice {
    const { sampleRate } = this.#parts.engine.manifest;
    return { embeddings: [embedding], seconds: speech.length / sampleRate };
  }
}

function candidateOf(
  speaker: string,
  trial: Trial | undefined,
  posterior: number | undefined,
): Candidate {
  const { cosine = 0, score = Number.NEGATIVE_INFINITY, llr } = trial ?? {};
  return { speaker, cosine, score, llr, posterior };
}
