import * as v from 'valibot';
import { VoiceprintError } from '../errors.js';
import { thresholdFault, thresholdsSchema } from './thresholds.js';

/** The manifest format that this version of the package reads and writes. */
export const MANIFEST_FORMAT = 1;

const text = (most = 200) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
const finite = v.pipe(v.number(), v.finite('expected a finite number'));
const rate = v.pipe(finite, v.minValue(0), v.maxValue(1));
const positive = v.pipe(finite, v.gtValue(0));
const count = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const parameters = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);
const trials = count(0, Number.MAX_SAFE_INTEGER);

const nameSchema = v.pipe(
  text(64),
  v.regex(/^[\w-][\w.-]*$/, 'expected letters, digits, ".", "_" or "-"'),
);

const fileSchema = v.object({
  path: v.pipe(
    text(),
    // A manifest may come from any URL: its files must stay inside its own folder.
    v.regex(
      /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/,
      'expected a plain relative path inside the model folder',
    ),
  ),
  sha256: v.pipe(
    v.string(),
    v.regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits'),
  ),
  bytes: count(1, 4 * 2 ** 30),
});

const calibrationSchema = v.pipe(
  v.array(v.object({ maximumSeconds: v.nullable(positive), scale: positive, offset: finite })),
  v.readonly(),
);

/** How scores are normalised, as a manifest says it. */
const normalizationSchema = v.object({
  /** Adaptive symmetric normalisation against `files.cohort`. */
  kind: v.literal('as-norm'),
  /** How many of the nearest impostors count; all of a smaller cohort. */
  top: count(2, 1_000_000),
});

const streamingSchema = v.object({
  /** Chunks are a whole number of so many frames; a rest of frames is left out. */
  stack: count(1, 1000),
  /** The output for the last seconds; `output.name` is for everything heard. */
  recent: text(),
  /** What a chunk takes from the one before it. A stream begins with zeros. */
  states: v.pipe(
    v.array(
      v.object({
        input: text(),
        output: text(),
        /** Sizes; `"slots"` stands for how many chunks the last seconds are. */
        dims: v.array(v.union([count(1, 65_536), v.literal('slots')])),
      }),
    ),
    v.minLength(1),
    v.maxLength(1000),
  ),
});

const promised = {
  seed: count(0, Number.MAX_SAFE_INTEGER),
  /** What the graph made of the seeded input. */
  embedding: v.pipe(v.array(finite), v.minLength(1)),
  minimumCosine: v.pipe(finite, v.minValue(0), v.maxValue(1)),
};

const selfCheckSchema = v.variant('from', [
  /** The input is `seededSamples(seed, samples)`, through the model's own front end. */
  v.object({ from: v.literal('waveform'), samples: count(1, 100_000_000), ...promised }),
  /** The input is `seededFeatures(seed, frames, bands)`; folders before the other came say no `from`. */
  v.object({
    from: v.exactOptional(v.literal('features')),
    frames: count(1, 1_000_000),
    ...promised,
  }),
]);

/** {@link Manifest} as a valibot schema, for those who compose it into a larger one. */
export const manifestSchema = v.object({
  /** Always {@link MANIFEST_FORMAT}. */
  format: v.literal(MANIFEST_FORMAT),
  name: nameSchema,
  version: text(64),
  architecture: text(64),
  /** The upstream class and its constructor arguments, under their upstream names. */
  upstream: v.object({ class: text(), config: parameters }),
  licence: text(),
  precision: v.picklist(['fp32', 'fp16', 'int8']),
  /** Paths are relative to the manifest. `cohort` holds the embeddings for AS-norm. */
  files: v.objectWithRest({ model: fileSchema, cohort: v.exactOptional(fileSchema) }, fileSchema),
  frontEnd: v.object({
    recipe: v.picklist(['speechbrain', 'espnet', 'kaldi', 'torchaudio']),
    parameters,
  }),
  /** In Hz. */
  sampleRate: count(1, 384_000),
  input: v.object({ name: text(), minimumFrames: count(1, 1_000_000) }),
  output: v.object({ name: text() }),
  /** How the graph is run chunk by chunk, where it can be. */
  streaming: v.exactOptional(streamingSchema),
  embeddingSize: count(1, 65_536),
  /** Seconds of speech below which an utterance is refused. */
  minimumSeconds: positive,
  /** Seconds of speech that an enrollment should have. */
  recommendedSeconds: positive,
  /** From the laxest rate to the strictest, on the score that decides. */
  thresholds: thresholdsSchema,
  /**
   * `llr = scale * score + offset` by the speech seconds of the shorter side: the first entry
   * whose `maximumSeconds` is not exceeded, `null` standing for no limit.
   */
  calibration: calibrationSchema,
  /**
   * How a cosine becomes the score that thresholds and calibration are on; without it the score is
   * the cosine.
   */
  normalization: v.exactOptional(normalizationSchema),
  selfCheck: selfCheckSchema,
  training: v.object({
    data: v.array(text(1000)),
    recipe: v.pipe(v.string(), v.maxLength(10_000)),
  }),
  figures: v.array(
    v.object({
      list: text(1000),
      /** Length that utterances were cut to, `null` for whole ones. */
      seconds: v.nullable(positive),
      eer: rate,
      /** 95 % confidence interval of `eer`. */
      interval: v.tuple([rate, rate]),
      targets: trials,
      nontargets: trials,
    }),
  ),
});

/** What `manifest.json` of a model folder says: how to feed the graph and how to read its scores. */
export type Manifest = v.InferOutput<typeof manifestSchema>;

/** How scores are normalised. */
export type ManifestNormalization = v.InferOutput<typeof normalizationSchema>;

/** How a graph is run chunk by chunk. */
export type ManifestStreaming = v.InferOutput<typeof streamingSchema>;

/** Whether a model may be called so: 1 to 64 letters, digits, `.`, `_` or `-`. */
export function isModelName(name: string): boolean {
  return v.is(nameSchema, name);
}

/** One file of a model folder with the hash that it must have. */
export type ManifestFile = v.InferOutput<typeof fileSchema>;

/**
 * Checks a manifest that was read from JSON. Unknown fields are dropped, so that later additions
 * to the format do not break this version.
 *
 * @param json - What `JSON.parse` returned.
 * @param source - Where it came from, for the message.
 * @throws VoiceprintError `model/unsupported` for another format number, `model/malformed` for
 *   anything else; the message names the field, its value and the remedy.
 */
export function parseManifest(json: unknown, source = 'manifest.json'): Manifest {
  const format = typeof json === 'object' && json !== null && 'format' in json ? json.format : null;
  if (typeof format === 'number' && format !== MANIFEST_FORMAT) {
    throw new VoiceprintError(
      'model/unsupported',
      `${source} has format ${format}, this version reads format ${MANIFEST_FORMAT}: ` +
        `${format > MANIFEST_FORMAT ? 'update voiceprint-web' : 'convert the checkpoint again with "voiceprint convert"'}.`,
    );
  }
  const result = v.safeParse(manifestSchema, json, { abortPipeEarly: true });
  if (!result.success) throw malformed(source, describeIssue(result.issues[0]));
  checkAgreement(result.output, source);
  return result.output;
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue);
  const where = field === null ? 'the manifest' : `"${field}"`;
  if (issue.input === undefined) return `${where} is missing`;
  const expected = issue.message.startsWith('expected ')
    ? issue.message
    : `expected ${issue.expected}`;
  return `${where} is ${shorten(issue.input)}, ${expected}`;
}

function shorten(value: unknown): string {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}

/** What the fields say about one another. */
function checkAgreement(manifest: Manifest, source: string): void {
  const { selfCheck, embeddingSize, calibration, thresholds, normalization, files } = manifest;
  if (selfCheck.embedding.length !== embeddingSize) {
    throw malformed(
      source,
      `"selfCheck.embedding" has ${selfCheck.embedding.length} values, expected "embeddingSize" = ${embeddingSize}`,
    );
  }
  checkFrames(manifest, source);
  if (manifest.recommendedSeconds < manifest.minimumSeconds) {
    throw malformed(
      source,
      `"recommendedSeconds" is ${manifest.recommendedSeconds}, expected at least "minimumSeconds" = ${manifest.minimumSeconds}`,
    );
  }
  requireRising(calibration, 'calibration', source);
  const fault = thresholdFault(thresholds);
  if (fault !== undefined) {
    const { field, value, expected } = fault;
    throw malformed(source, `"thresholds.${field}" is ${shorten(value)}, expected ${expected}`);
  }
  if (normalization === undefined) return;
  if (files.cohort === undefined) {
    throw malformed(source, '"files.cohort" is missing, expected it beside "normalization"');
  }
  // As half-precision numbers: see ./cohort.ts.
  const perSpeaker = 2 * embeddingSize;
  if (files.cohort.bytes % perSpeaker !== 0 || files.cohort.bytes < 2 * perSpeaker) {
    throw malformed(
      source,
      `"files.cohort.bytes" is ${files.cohort.bytes}, expected ${perSpeaker} for each of at least 2 speakers`,
    );
  }
}

function checkFrames({ selfCheck, input, streaming }: Manifest, source: string): void {
  const stack = streaming?.stack ?? 1;
  if (selfCheck.from === 'waveform') {
    if (input.minimumFrames % stack === 0) return;
    throw malformed(
      source,
      `"streaming.stack" is ${stack}, expected a divisor of "input.minimumFrames" = ${input.minimumFrames}`,
    );
  }
  if (selfCheck.frames < input.minimumFrames) {
    throw malformed(
      source,
      `"selfCheck.frames" is ${selfCheck.frames}, expected at least "input.minimumFrames" = ${input.minimumFrames}`,
    );
  }
  if (selfCheck.frames % stack !== 0 || input.minimumFrames % stack !== 0) {
    throw malformed(
      source,
      `"streaming.stack" is ${stack}, expected a divisor of "selfCheck.frames" = ${selfCheck.frames} and of "input.minimumFrames" = ${input.minimumFrames}`,
    );
  }
}

function requireRising(calibration: Manifest['calibration'], field: string, source: string): void {
  const limits = calibration.map(({ maximumSeconds }) => maximumSeconds ?? Infinity);
  const unordered = limits.findIndex((limit, i) => i > 0 && limit <= (limits[i - 1] ?? 0));
  if (unordered > 0) {
    throw malformed(
      source,
      `"${field}.${unordered}.maximumSeconds" is ${limits[unordered]}, expected more than the entry before it`,
    );
  }
}

function malformed(source: string, what: string): VoiceprintError {
  return new VoiceprintError(
    'model/malformed',
    `${source}: ${what}. Mend the field, or convert the checkpoint again with "voiceprint convert".`,
  );
}
