import * as v from 'valibot';
import { VoiceprintError } from '../errors.js';
import { fromBase64, toBase64 } from './base64.js';
import { normalizeSpeaker } from './speaker-name.js';
import type { Voiceprint, VoiceprintSummary, VoiceprintUtterance } from './types.js';

const MAXIMUM_EMBEDDING_SIZE = 65_536;

const seconds = v.pipe(v.number(), v.finite('expected a finite number'), v.minValue(0));
const timestamp = v.pipe(
  v.string(),
  v.check((value) => !Number.isNaN(Date.parse(value)), 'expected an ISO 8601 date'),
);
const embedding = v.pipe(
  v.instance(Float32Array, 'expected a Float32Array'),
  v.check(
    (values) => values.length > 0 && values.length <= MAXIMUM_EMBEDDING_SIZE,
    `expected 1 to ${MAXIMUM_EMBEDDING_SIZE} values`,
  ),
  v.check((values) => values.every(Number.isFinite), 'expected finite values'),
  v.check((values) => values.some((value) => value !== 0), 'expected a value other than zero'),
);
const storedEmbedding = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      const bytes = fromBase64(dataset.value);
      const view = new DataView(bytes.buffer);
      return Float32Array.from({ length: bytes.length / 4 }, (_, i) =>
        view.getFloat32(i * 4, true),
      );
    } catch {
      addIssue({ message: 'expected base64 of float32 values' });
      return NEVER;
    }
  }),
  embedding,
);
const flag = v.optional(v.boolean());
const microphone = v.pipe(
  v.object({
    label: v.string(),
    sampleRate: v.pipe(v.number(), v.finite()),
    echoCancellation: flag,
    noiseSuppression: flag,
    autoGainControl: flag,
  }),
  // JSON drops what the browser did not say; the type has it as undefined.
  v.transform((settings) => ({
    label: settings.label,
    sampleRate: settings.sampleRate,
    echoCancellation: settings.echoCancellation,
    noiseSuppression: settings.noiseSuppression,
    autoGainControl: settings.autoGainControl,
  })),
);

const modelSha256 = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits'),
);
const streamingModel = v.object({ name: v.string(), sha256: modelSha256 });

const facts = {
  speaker: v.string(),
  modelName: v.string(),
  modelSha256,
  speechSeconds: seconds,
  createdAt: timestamp,
  updatedAt: timestamp,
};
const voiceprintFields = <T extends v.GenericSchema<unknown, Float32Array>>(values: T) =>
  v.object({
    ...facts,
    embedding: values,
    // Scores are taken from the utterances, so none at all would score as nothing.
    utterances: v.pipe(
      v.array(
        v.object({
          embedding: values,
          streamingEmbedding: v.exactOptional(values),
          speechSeconds: seconds,
        }),
      ),
      v.minLength(1, 'expected at least one utterance'),
    ),
    streamingModel: v.exactOptional(streamingModel),
    microphone: v.exactOptional(microphone),
  });
const voiceprintSchema = voiceprintFields(embedding);
const storedSchema = voiceprintFields(storedEmbedding);
const summarySchema = v.object({
  ...facts,
  utterances: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A checked copy of a voiceprint under its normalised name, sharing no array with the original.
 *
 * @throws VoiceprintError `verifier/invalid` naming the field that is wrong.
 */
export function checkVoiceprint(voiceprint: Voiceprint): Voiceprint {
  const result = v.safeParse(voiceprintSchema, voiceprint);
  if (!result.success) {
    const [issue] = result.issues;
    throw new VoiceprintError(
      'verifier/invalid',
      `the voiceprint's ${v.getDotPath(issue) ?? 'value'} cannot be stored: ${issue.message}; make it with verifier.enroll()`,
    );
  }
  refuseMixedSizes(result.output);
  return copyVoiceprint({
    ...result.output,
    speaker: normalizeSpeaker(result.output.speaker),
  });
}

/** A copy that shares no array with the original. */
export function copyVoiceprint(voiceprint: Voiceprint): Voiceprint {
  return {
    ...voiceprint,
    embedding: voiceprint.embedding.slice(),
    utterances: voiceprint.utterances.map((utterance) => ({
      ...utterance,
      ...withEmbeddings(utterance, (embedding) => embedding.slice()),
    })),
  };
}

export function summarize(voiceprint: Voiceprint): VoiceprintSummary {
  return {
    speaker: voiceprint.speaker,
    modelName: voiceprint.modelName,
    modelSha256: voiceprint.modelSha256,
    utterances: voiceprint.utterances.length,
    speechSeconds: voiceprint.speechSeconds,
    createdAt: voiceprint.createdAt,
    updatedAt: voiceprint.updatedAt,
  };
}

/** What a voiceprint is before it is encrypted: JSON with its arrays as base64, little endian. */
export function voiceprintToJson(voiceprint: Voiceprint): object {
  return {
    ...voiceprint,
    embedding: embeddingToBase64(voiceprint.embedding),
    utterances: voiceprint.utterances.map((utterance) => ({
      ...utterance,
      ...withEmbeddings(utterance, embeddingToBase64),
    })),
  };
}

/** The embeddings of an utterance, each as `change` makes it. */
function withEmbeddings<T>(
  { embedding, streamingEmbedding }: VoiceprintUtterance,
  change: (embedding: Float32Array) => T,
): { readonly embedding: T; readonly streamingEmbedding?: T } {
  return {
    embedding: change(embedding),
    ...(streamingEmbedding === undefined ? {} : { streamingEmbedding: change(streamingEmbedding) }),
  };
}

/** @throws ValiError or VoiceprintError when `json` is not what {@link voiceprintToJson} made. */
export function voiceprintFromJson(json: unknown): Voiceprint {
  const voiceprint = v.parse(storedSchema, json);
  refuseMixedSizes(voiceprint);
  return voiceprint;
}

function refuseMixedSizes({ embedding, utterances, streamingModel }: Voiceprint): void {
  const streaming = utterances.flatMap(({ streamingEmbedding }) => streamingEmbedding ?? []);
  for (const embeddings of [[embedding, ...utterances.map((u) => u.embedding)], streaming]) {
    const size = embeddings[0]?.length;
    const other = embeddings.find(({ length }) => length !== size);
    if (other === undefined) continue;
    throw new VoiceprintError(
      'verifier/invalid',
      `the voiceprint's embeddings have ${size} and ${other.length} values; make it with verifier.enroll()`,
    );
  }
  if (streaming.length > 0 && streamingModel === undefined) {
    throw new VoiceprintError(
      'verifier/invalid',
      "the voiceprint's streaming embeddings are of no model that it names; make it with verifier.enroll()",
    );
  }
}

export function encodeJson(json: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(json));
}

/** @throws TypeError or SyntaxError for bytes that are not JSON in UTF-8. */
export function decodeJson(bytes: ArrayBuffer | Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}

/** @throws ValiError when `json` is no summary. */
export function summaryFromJson(json: unknown): VoiceprintSummary {
  return v.parse(summarySchema, json);
}

function embeddingToBase64(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setFloat32(i * 4, value, true);
  });
  return toBase64(new Uint8Array(view.buffer));
}
