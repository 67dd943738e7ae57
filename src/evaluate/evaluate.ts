import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { VoiceprintError } from '../errors.js';
import {
  type EvaluatedModel,
  evaluateEmbeddings,
  type MeasuredEvaluation,
  REPORTED_LENGTHS,
} from '../metrics/evaluation/evaluation.js';
import { refuseOneClass } from '../metrics/evaluation/figures.js';
import { readTrialList, type TrialList } from '../metrics/trial-list.js';
import { decodeCohort } from '../models/cohort.js';
import { openModel } from '../models/download.js';
import type { Manifest } from '../models/manifest.js';
import { errorCode } from '../models/output-folder.js';
import { type EmbeddedFiles, embedFiles } from './embed-files.js';
import { EmbeddingCache } from './embedding-cache.js';
import type { Length } from './workers/file-embedding.js';
import { openEmbedders } from './workers/open-embedders.js';

/** Options of {@link evaluate}; the defaults are {@link EVALUATE_DEFAULTS}. */
export interface EvaluateOptions {
  /** A name in `models/`, a model folder, or a URL. */
  readonly model: string;
  /** Path of the trial list. */
  readonly trials: string;
  /** Folder that the names of the trial list are relative to. */
  readonly root: string;
  /** Score the first so many seconds of both sides; without it, all of `lengths`. */
  readonly seconds?: number;
  /** Leave pauses out before lengths are cut. @defaultValue false, as published figures are made */
  readonly speechOnly?: boolean;
  /** Leave out what cannot be read instead of failing. @defaultValue false */
  readonly skipUnreadable?: boolean;
  /** Folder of the embedding cache; null for none. @defaultValue `.cache/embeddings` */
  readonly cacheFolder?: string | null;
  /** Processes that embed. @defaultValue one per core, fewer for few files */
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called before each length is measured, which takes minutes for lists of millions. */
  readonly onMeasure?: (done: number, total: number, trials: number) => void;
}

/** Defaults of {@link evaluate}. */
export const EVALUATE_DEFAULTS = {
  lengths: REPORTED_LENGTHS,
  cacheFolder: '.cache/embeddings',
} as const;

/** A trial list with every file embedded at every length. */
export interface EmbeddedTrials extends EmbeddedFiles {
  readonly manifest: Manifest;
  readonly list: TrialList;
  readonly lengths: readonly Length[];
  readonly listSha256: string;
  /** Where the model normalises scores. */
  readonly cohort: readonly Float32Array[] | undefined;
}

/** What {@link evaluate} found, and what it found it with. */
export interface CommandEvaluation extends MeasuredEvaluation {
  readonly embedded: EmbeddedTrials;
  readonly listSha256: string;
}

/**
 * Measures a model on a trial list.
 *
 * @throws VoiceprintError `trials/malformed`; `cli/usage` for an unreadable list or missing audio;
 *   `audio/undecodable` for audio that cannot be used; as `openModel` and `openEngine`.
 */
export async function evaluate(options: EvaluateOptions): Promise<CommandEvaluation> {
  const embedded = await embedTrials(options);
  const measured = evaluateEmbeddings({
    ...embedded,
    model: evaluatedModel(embedded),
    speechOnly: options.speechOnly ?? false,
    onProgress: (done, total) => options.onMeasure?.(done, total, embedded.list.labels.length),
  });
  return { ...measured, embedded, listSha256: embedded.listSha256 };
}

function evaluatedModel({ manifest, cohort }: EmbeddedTrials): EvaluatedModel {
  const { name, version, files, calibration, thresholds, normalization } = manifest;
  return {
    name,
    version,
    sha256: files.model.sha256,
    calibration,
    thresholds,
    ...(normalization === undefined || cohort === undefined
      ? {}
      : { normalization: { cohort, top: normalization.top } }),
  };
}

/** Reads a trial list and embeds its files, from the cache as far as that goes. */
export async function embedTrials(options: EvaluateOptions): Promise<EmbeddedTrials> {
  const { seconds, speechOnly = false, cacheFolder = EVALUATE_DEFAULTS.cacheFolder } = options;
  if (seconds !== undefined && !(seconds > 0 && Number.isFinite(seconds))) {
    throw new VoiceprintError('cli/usage', `--seconds is ${seconds}; give a number above 0`);
  }
  const lengths: readonly Length[] = seconds === undefined ? EVALUATE_DEFAULTS.lengths : [seconds];
  const { list, sha256: listSha256 } = await readListFile(options.trials);
  refuseOneClass(list.labels);
  const { manifest, files } = await openModel(options.model);
  const cache =
    cacheFolder === null ? undefined : new EmbeddingCache(cacheFolder, manifest, speechOnly);
  const embedded = await embedFiles({
    files: list.files,
    root: options.root,
    lengths,
    cache,
    skipUnreadable: options.skipUnreadable ?? false,
    openEmbedders: (files) =>
      openEmbedders({ model: options.model, speechOnly }, files, options.workers),
    onProgress: options.onProgress ?? (() => {}),
  });
  const cohort =
    files.cohort === undefined ? undefined : decodeCohort(files.cohort, manifest.embeddingSize);
  return { ...embedded, manifest, list, lengths, listSha256, cohort };
}

/** Reads a list in one pass, however long it is. */
async function readListFile(path: string): Promise<{ list: TrialList; sha256: string }> {
  const hash = createHash('sha256');
  const decoder = new TextDecoder();
  async function* text() {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk);
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
  }
  try {
    return { list: await readTrialList(text()), sha256: hash.digest('hex') };
  } catch (error) {
    if (error instanceof VoiceprintError) {
      throw new VoiceprintError(error.code, `${path}: ${error.message}`, { cause: error });
    }
    throw new VoiceprintError(
      'cli/usage',
      `cannot read the trial list ${path} (${errorCode(error)}); check the path`,
      { cause: error },
    );
  }
}
