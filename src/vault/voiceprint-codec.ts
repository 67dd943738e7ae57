import * as v from 'valibot';
import { VoiceprintError } from '../errors.js';
import { fromBase64, toBase64 } from './base64.js';
import { normalizeSpeaker } from './speaker-name.js';
import type { Voiceprint, VoiceprintSummary } from './types.js';

const MAXIMUM_EMBEDDING_SIZE = 65_536;

/**
 * The format that voiceprints are stored and exported in. Format 1 had one embedding per utterance
 * and a streaming one beside it; format 2 has one per model.
 */
export const VOICEPRINT_FORMAT = 2;

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

const sha256 = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits'),
);
const models = v.pipe(
  v.array(v.object({ name: v.string(), sha256 })),
  v.minLength(1, 'expected at least one model'),
);

const dates = { createdAt: timestamp, updatedAt: timestamp };
const facts = <T extends v.GenericSchema<unknown, Map<string, Float32Array>>>(embeddings: T) =>
  v.object({
    speaker: v.string(),
    models,
    // Scores are taken from the utterances, so none at all would score as nothing.
    utterances: v.pipe(
      v.array(v.object({ seconds, embeddings })),
      v.minLength(1, 'expected at least one utterance'),
    ),
    microphone: v.exactOptional(microphone),
    ...dates,
  });
const atLeastOne = 'expected an embedding of at least one model';
const voiceprintSchema = facts(v.pipe(v.map(sha256, embedding), v.minSize(1, atLeastOne)));
const storedSchema = v.intersect([
  v.object({ format: v.literal(VOICEPRINT_FORMAT) }),
  facts(
    v.pipe(
      v.record(sha256, storedEmbedding),
      v.transform((record) => new Map(Object.entries(record))),
      v.minSize(1, atLeastOne),
    ),
  ),
]);
const summaryFacts = {
  speaker: v.string(),
  utterances: v.pipe(v.number(), v.integer(), v.minValue(0)),
  speechSeconds: seconds,
  ...dates,
};
const summarySchema = v.object({ ...summaryFacts, models });
/** Format 1 had one model, and a streaming model apart. */
const summaryOfFormat1 = v.pipe(
  v.object({ ...summaryFacts, modelName: v.string(), modelSha256: sha256 }),
  v.transform(({ modelName, modelSha256, ...rest }) => ({
    ...rest,
    models: [{ name: modelName, sha256: modelSha256 }],
  })),
);

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
  refuseDisagreement(result.output);
  return copyVoiceprint({
    ...result.output,
    speaker: normalizeSpeaker(result.output.speaker),
  });
}

/** A copy that shares no array with the original. */
export function copyVoiceprint(voiceprint: Voiceprint): Voiceprint {
  return {
    ...voiceprint,
    models: voiceprint.models.map((model) => ({ ...model })),
    utterances: voiceprint.utterances.map(({ seconds, embeddings }) => ({
      seconds,
      embeddings: new Map(Array.from(embeddings, ([hash, values]) => [hash, values.slice()])),
    })),
  };
}

/** A voiceprint without its embeddings. */
export function summarize(voiceprint: Voiceprint): VoiceprintSummary {
  return {
    speaker: voiceprint.speaker,
    models: voiceprint.models,
    utterances: voiceprint.utterances.length,
    speechSeconds: voiceprint.utterances.reduce((sum, { seconds }) => sum + seconds, 0),
    createdAt: voiceprint.createdAt,
    updatedAt: voiceprint.updatedAt,
    readable: true,
  };
}

/** What a voiceprint is before it is encrypted: JSON with its arrays as base64, little endian. */
export function voiceprintToJson(voiceprint: Voiceprint): object {
  return {
    format: VOICEPRINT_FORMAT,
    ...voiceprint,
    utterances: voiceprint.utterances.map(({ seconds, embeddings }) => ({
      seconds,
      embeddings: Object.fromEntries(
        Array.from(embeddings, ([hash, values]) => [hash, embeddingToBase64(values)]),
      ),
    })),
  };
}

/**
 * @throws ValiError or VoiceprintError when `json` is not what {@link voiceprintToJson} made.
 */
export function voiceprintFromJson(json: unknown): Voiceprint {
  const { format, ...voiceprint } = v.parse(storedSchema, json);
  refuseDisagreement(voiceprint);
  return voiceprint;
}

/** Embeddings of one model are of one size, and of a model that is named. */
function refuseDisagreement({ models, utterances }: Voiceprint): void {
  const sizes = new Map<string, number>();
  for (const { embeddings } of utterances) {
    for (const [hash, { length }] of embeddings) {
      const size = sizes.get(hash) ?? length;
      sizes.set(hash, size);
      if (size !== length) {
        throw new VoiceprintError(
          'verifier/invalid',
          `the voiceprint's embeddings of one model have ${size} and ${length} values; make it with verifier.enroll()`,
        );
      }
      if (models.some(({ sha256 }) => sha256 === hash)) continue;
      throw new VoiceprintError(
        'verifier/invalid',
        `the voiceprint holds embeddings of a model that it does not name (${hash.slice(0, 8)}); make it with verifier.enroll()`,
      );
    }
  }
}

export function encodeJson(json: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(json));
}

/** @throws TypeError or SyntaxError for bytes that are not JSON in UTF-8. */
export function decodeJson(bytes: ArrayBuffer | Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}

/**
 * @param format - That of the record.
 * @throws ValiError when `json` is no summary.
 */
export function summaryFromJson(json: unknown, format: number): VoiceprintSummary {
  return format === VOICEPRINT_FORMAT
    ? { ...v.parse(summarySchema, json), readable: true }
    : { ...v.parse(summaryOfFormat1, json), readable: false };
}

function embeddingToBase64(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setFloat32(i * 4, value, true);
  });
  return toBase64(new Uint8Array(view.buffer));
}
