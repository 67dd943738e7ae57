import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { VoiceprintError } from '../../errors.js';
import { decodeCohort, encodeCohort } from '../../models/cohort.js';
import { type OpenedModel, openModel } from '../../models/download.js';
import { type Manifest, parseManifest } from '../../models/manifest.js';
import { AS_NORM_DEFAULTS } from '../../scoring/as-norm.js';
import { unitLength } from '../../scoring/cosine.js';
import { VERIFIER_DEFAULTS } from '../../verifier/options.js';
import { embedTrials } from '../evaluate.js';
import {
  calibratedManifest,
  calibrateModel,
  type ModelCalibration,
  normalizationPays,
} from './calibrate-model.js';
import { embedCohort } from './embed-cohort.js';
import { type JudgedManifest, judgeManifest } from './judge-manifest.js';
import type { EmbeddedList } from './score-list.js';

/** A trial list to measure on, and the folder that its names are relative to. */
export interface ListSource {
  readonly trials: string;
  readonly root: string;
  /** What tables call it. @defaultValue the name of its file without an ending */
  readonly name?: string;
}

/** Runs some long work, which tells how much of it is done. */
export type WithProgress = <Result>(
  work: (onProgress: (done: number, total: number) => void) => Promise<Result>,
) => Promise<Result>;

/** Options of {@link recalibrate}; the defaults are {@link RECALIBRATE_DEFAULTS}. */
export interface RecalibrateOptions {
  /** A name in `models/`, a model folder, or a URL. */
  readonly model: string;
  /** Each is measured by itself: impostor trials stay within a list. */
  readonly lists: readonly ListSource[];
  /** Lists that are embedded already, without their pauses, such as the same ones on a telephone. */
  readonly channels?: readonly EmbeddedList[];
  /**
   * Folder of recordings to make a cohort from, or the embeddings of its speakers; by default the
   * model's own, if it has one.
   */
  readonly cohort?: string | readonly Float32Array[];
  /**
   * Whether scores are normalised where there is a cohort; `'if-better'` leaves it to the lists.
   * @defaultValue true
   */
  readonly normalize?: boolean | 'if-better';
  /** How many of the nearest impostors count. @defaultValue the model's, or that of AS-norm */
  readonly top?: number;
  /** The first so many seconds of both sides only, instead of 1, 2, 3, 5 and all. */
  readonly seconds?: number;
  readonly skipUnreadable?: boolean;
  /** Folder of the embedding cache; null for none. */
  readonly cacheFolder?: string | null;
  readonly workers?: number;
  /** Runs each embedding of many files, and is told how far it is. */
  readonly withProgress?: WithProgress;
}

/** Defaults of {@link RecalibrateOptions}. */
const RECALIBRATE_DEFAULTS = {
  normalize: true,
  withProgress: (work) => work(() => undefined),
} as const satisfies Partial<RecalibrateOptions>;

/** A model that was measured anew; nothing is written. */
export interface Recalibration {
  readonly before: Manifest;
  readonly after: Manifest;
  readonly measured: ModelCalibration;
  /** The files of the model folder that the manifest names. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Before and after, on each list by itself. */
  readonly judged: readonly (readonly ['before' | 'after', JudgedManifest])[];
  /** Speakers that were left out of the cohort, with the reason. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

const COHORT_FILE = 'cohort.f16';
const DEFAULT_RATE = VERIFIER_DEFAULTS.falseAcceptRate;

/**
 * Measures a model on trial lists and writes thresholds, calibration, figures and, where there is a
 * cohort, how scores are normalised into its manifest.
 *
 * @throws VoiceprintError `cli/usage` for no list or unreadable files, `trials/malformed`,
 *   `scoring/invalid` where the scores tell nothing, and as `openModel` and `openEngine`.
 */
export async function recalibrate(options: RecalibrateOptions): Promise<Recalibration> {
  if (options.lists.length === 0) {
    throw new VoiceprintError('cli/usage', 'there is no trial list; give --trials and --root');
  }
  const opened = await openModel(options.model);
  const { cohort, skipped } = await cohortOf(opened, options);
  const lists: Awaited<ReturnType<typeof embedList>>[] = [];
  for (const source of options.lists) lists.push(await embedList(source, options));
  const before = opened.manifest;
  const top = options.top ?? before.normalization?.top ?? AS_NORM_DEFAULTS.top;
  const measured = calibrateModel(
    [...lists, ...(options.channels ?? []).map((speech) => ({ speech }))],
    cohort && { embeddings: cohort.embeddings, top },
    before.minimumSeconds,
  );
  const { normalize = RECALIBRATE_DEFAULTS.normalize } = options;
  const normalizes = normalize === 'if-better' ? normalizationPays(measured) : normalize;
  const after = parseManifest(
    calibratedManifest(
      before,
      normalizes ? measured : { ...measured, normalized: undefined },
      cohort && { file: fileOf(cohort.bytes), top },
    ),
  );
  const files = new Map<string, Uint8Array>();
  for (const [name, file] of Object.entries(after.files)) {
    const bytes = name === 'cohort' ? cohort?.bytes : opened.files[name];
    if (file !== undefined && bytes !== undefined) files.set(file.path, bytes);
  }
  const given = opened.files.cohort && decodeCohort(opened.files.cohort, before.embeddingSize);
  const judged = lists.flatMap(({ speech }) => [
    ['before', judgeManifest(before, given, speech, DEFAULT_RATE)] as const,
    ['after', judgeManifest(after, cohort?.embeddings, speech, DEFAULT_RATE)] as const,
  ]);
  return { before, after, measured, judged, files, skipped };
}

interface Cohort {
  readonly bytes: Uint8Array;
  readonly embeddings: readonly Float32Array[];
}

async function cohortOf(
  { manifest, files }: OpenedModel,
  options: RecalibrateOptions,
): Promise<{ readonly cohort: Cohort | undefined; readonly skipped: Recalibration['skipped'] }> {
  const { cohort: root, model, cacheFolder, workers } = options;
  const { withProgress = RECALIBRATE_DEFAULTS.withProgress } = options;
  if (root === undefined) {
    const bytes = files.cohort;
    if (bytes === undefined) return { cohort: undefined, skipped: [] };
    const embeddings = decodeCohort(bytes, manifest.embeddingSize);
    return { cohort: { bytes, embeddings }, skipped: [] };
  }
  if (typeof root !== 'string') return { cohort: storedCohort(root, manifest), skipped: [] };
  const { speakers, skipped } = await withProgress((onProgress) =>
    embedCohort({
      model,
      manifest,
      root,
      ...(cacheFolder === undefined ? {} : { cacheFolder }),
      ...(workers === undefined ? {} : { workers }),
      onProgress,
    }),
  );
  const embeddings = speakers.map(({ embedding }) => embedding);
  return { cohort: storedCohort(embeddings, manifest), skipped };
}

/** What is measured with is what will be shipped, half precision included. */
function storedCohort(embeddings: readonly Float32Array[], { embeddingSize }: Manifest): Cohort {
  const bytes = encodeCohort(embeddings.map(unitLength));
  return { bytes, embeddings: decodeCohort(bytes, embeddingSize) };
}

async function embedList(
  { trials, root, name = basename(trials).replace(/\.\w+$/, '') }: ListSource,
  options: RecalibrateOptions,
) {
  const { model, seconds, skipUnreadable, cacheFolder, workers } = options;
  const { withProgress = RECALIBRATE_DEFAULTS.withProgress } = options;
  const embed = async (speechOnly: boolean) => {
    const { list, lengths, embeddings } = await withProgress((onProgress) =>
      embedTrials({
        model,
        trials,
        root,
        speechOnly,
        ...(seconds === undefined ? {} : { seconds }),
        ...(skipUnreadable === undefined ? {} : { skipUnreadable }),
        ...(cacheFolder === undefined ? {} : { cacheFolder }),
        ...(workers === undefined ? {} : { workers }),
        onProgress,
      }),
    );
    return { name, list, lengths, embeddings };
  };
  return { whole: await embed(false), speech: await embed(true) };
}

function fileOf(bytes: Uint8Array): Manifest['files']['model'] {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path: COHORT_FILE, sha256, bytes: bytes.length };
}
