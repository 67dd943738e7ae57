import type { OpenMicrophone } from '../audio/microphone/open-microphone.js';
import type { AudioInput } from '../audio/types.js';
import type { Engine } from '../engine/types.js';
import { VoiceprintError } from '../errors.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { checkOptionsObject } from '../lifetime/call-options.js';
import { disposed } from '../lifetime/ended.js';
import { createSerialQueue } from '../lifetime/serial-queue.js';
import { withTimeLimit } from '../lifetime/time-limit.js';
import type { Model } from '../models/model.js';
import { type DecisionOptions, judge, refuseRate } from '../scoring/judge.js';
import { openSpeakerStream } from '../stream/speaker-stream.js';
import type { StreamOptions, VoiceStream } from '../stream/types.js';
import type { RunningStream } from '../stream/voice-stream.js';
import { normalizeSpeaker } from '../vault/speaker-name.js';
import type { Vault, Voiceprint } from '../vault/types.js';
import { voiceOf } from '../vault/voice.js';
import { stopIfCancelled } from './call-options.js';
import type { ChangeQueue } from './change-queue.js';
import {
  EMBED_LENGTHS_DEFAULTS,
  type EmbedLengthsOptions,
  type LengthEmbedding,
} from './embed-lengths.js';
import { embedEnrollment } from './enroll-utterances.js';
import { makeVoiceprint } from './enrollment.js';
import { consistencyOf, refuseDifferent, repeatedPieces } from './enrollment-guard.js';
import {
  createKnownSpeakers,
  enrolledSpeaker,
  type KnownSpeakers,
  speakerNames,
} from './known-speakers.js';
import { DISPOSAL_LIMIT, ENROLLMENT_DEFAULTS } from './options.js';
import { record } from './recording.js';
import { candidateOf, heardVoice, piecesOf } from './sides.js';
import type {
  BackendReport,
  Embedding,
  EnrolledSpeaker,
  Enrollment,
  EnrollOptions,
  Identification,
  IdentifyOptions,
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
  embeddedPieces,
  readUtterance,
  refuseUnusable,
  timingsOf,
} from './utterance.js';

/** What a verifier is put together from; the browser and Node bring different parts. */
export interface VerifierParts {
  /** Its first model decides; a second one is the streaming model beside it. */
  readonly engine: Engine;
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
  const { engine, falseAcceptRate } = parts;
  try {
    for (const model of engine.models) refuseRate(model, falseAcceptRate);
    return new AssembledVerifier(parts);
  } catch (error) {
    // The worker need not be waited for.
    Promise.resolve(engine[asyncDispose]()).catch(() => undefined);
    throw error;
  }
}

class AssembledVerifier implements Verifier {
  readonly model: Model;
  readonly streamingModel?: Model;
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
    const [model, streaming] = parts.engine.models;
    if (model === undefined) throw disposed('the engine has no model; open another');
    this.model = model;
    this.#speakers = createKnownSpeakers(parts.vault, this.model);
    if (streaming !== undefined) this.streamingModel = streaming;
  }

  get backend(): BackendReport {
    return this.#parts.engine.backend;
  }

  async enroll(
    name: string,
    utterances: AudioInput | readonly AudioInput[],
    options: EnrollOptions = {},
  ): Promise<Enrollment> {
    const { engine, vault } = this.#open();
    const { onProgress, replace, signal, allowDifferent } = checkOptionsObject(options);
    const { model } = this;
    const speaker = normalizeSpeaker(name);
    const started = performance.now();
    const knownNow = async () =>
      replace === true ? undefined : await this.#speakers.comparable(speaker);
    // A voiceprint of another model is refused before any work, not after it.
    await knownNow();
    const { added, labels, quality } = await embedEnrollment(this.#parts, utterances, options);
    const judging = model.thresholds.length === 0 ? undefined : this.#judge({});
    const { voiceprint, consistency, repeated } = await this.#changes.run(async () => {
      const known = await knownNow();
      const pieces = { known: piecesOf(known, model.sha256), added, labels };
      if (allowDifferent !== true) refuseDifferent(judging, pieces);
      const repeated = repeatedPieces(pieces);
      const fresh = added.filter((_, index) => !repeated.has(index));
      const voiceprint = makeVoiceprint(engine.models, speaker, known, fresh);
      stopIfCancelled(signal);
      this.#open();
      await vault.put(voiceprint);
      const consistency = judging && consistencyOf(judging, [...pieces.known, ...fresh]);
      return { voiceprint, consistency, repeated: repeated.size };
    });
    onProgress?.(1);
    const { seconds } = voiceOf(voiceprint, model.sha256);
    return {
      speaker: voiceprint.speaker,
      utterances: voiceprint.utterances.length,
      speechSeconds: seconds,
      completeness: Math.min(1, seconds / model.recommendedSeconds),
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
    const voice = voiceOf(await this.#speakers.known(speaker), this.model.sha256);
    const embedded = await this.#embed(utterance, options.signal);
    return {
      speaker: voice.speaker,
      ...judging.trial(voice, heardVoice(embedded)),
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
    const heard = heardVoice(embedded);
    const { sha256 } = this.model;
    const voices = (await this.#speakers.everyone()).map((known) => voiceOf(known, sha256));
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
    return (await readUtterance(engine, decode, utterance, { models: [] })).quality;
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
    const given = { ...EMBED_LENGTHS_DEFAULTS, ...checkOptionsObject(options) };
    const { lengths, speechOnly: cut, signal } = given;
    stopIfCancelled(signal);
    const { sha256 } = this.model;
    const { pieces } = await readUtterance(engine, decode, utterance, {
      models: [sha256],
      detect: cut,
      cut: { kind: 'starts', seconds: lengths },
      unusable: true,
    });
    stopIfCancelled(signal);
    return pieces.map(({ seconds, embeddings }) => ({
      seconds,
      values: embeddings.get(sha256) ?? new Float32Array(),
    }));
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
    return (await vault.list()).map((entry) => enrolledSpeaker(entry, this.model.sha256));
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
        const ending = Promise.all([...this.#streams].map((stream) => stream.abort()));
        // One that waits for an engine that does not answer ends with the engine.
        await withTimeLimit(ending, DISPOSAL_LIMIT, () => undefined).catch(() => undefined);
        await this.#parts.engine[asyncDispose]();
      } finally {
        this.#parts.vault.close();
      }
    })();
    return this.#disposed;
  }

  [asyncDispose](): Promise<void> {
    return this.dispose();
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
    const { sha256 } = this.model;
    const utterance = await readUtterance(engine, decode, input, { models: [sha256] });
    stopIfCancelled(signal);
    refuseUnusable(utterance, 'the recording');
    const [embedded] = embeddedPieces(utterance, sha256);
    if (embedded !== undefined) return embedded;
    throw new VoiceprintError(
      'backend/failed',
      'the engine gave no embedding of the recording; make the verifier again',
    );
  }

  #voiceprints(wanted: readonly string[] | undefined): Promise<readonly Voiceprint[]> {
    return wanted === undefined
      ? this.#speakers.everyone()
      : Promise.all(wanted.map((speaker) => this.#speakers.known(speaker)));
  }

  #judge({ falseAcceptRate, threshold, strangerPrior }: Partial<DecisionOptions>) {
    return judge(this.model, {
      falseAcceptRate: falseAcceptRate ?? this.#parts.falseAcceptRate,
      threshold,
      strangerPrior,
    });
  }
}
