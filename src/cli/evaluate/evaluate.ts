import { createReadStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { VoiceprintError } from '../../errors.js';
import { openModel } from '../../models/download.js';
import type { Manifest } from '../../models/manifest.js';
import { readTrialList, type TrialList } from '../../scoring/trial-list.js';
import { type EmbeddedFiles, embedFiles, type SkippedFile } from './embed-files.js';
import { EmbeddingCache } from './embedding-cache.js';
import { type Figures, figuresOf, refuseOneClass, scoreTrials } from './figures.js';
import { openFileEmbedder } from './file-embedder.js';
import type { FileEmbedder, Length } from './file-embedding.js';
import { openWorkerProcess } from './worker-process.js';

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
}

/** Defaults of {@link evaluate}. */
export const EVALUATE_DEFAULTS = {
  lengths: [1, 2, 3, 5, null],
  cacheFolder: '.cache/embeddings',
  /** With fewer files than this for each, another process costs more than it saves. */
  filesPerWorker: 8,
} as const;

/** The outcome of {@link evaluate}: the figures of the longest length, and of each. */
export interface Evaluation extends Figures {
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string };
  /** Trials that repeat an earlier one; they count each time. */
  readonly duplicates: number;
  readonly skipped: { readonly files: readonly SkippedFile[]; readonly trials: number };
  readonly speechOnly: boolean;
  /** What the detection costs are made of. */
  readonly costs: { readonly miss: 1; readonly falseAccept: 1 };
  /** By seconds of both sides, and `full`. */
  readonly bySeconds: Readonly<Record<string, Figures>>;
}

/** A trial list with every file embedded at every length. */
export interface EmbeddedTrials extends EmbeddedFiles {
  readonly manifest: Manifest;
  readonly list: TrialList;
  readonly lengths: readonly Length[];
}

/**
 * Measures a model on a trial list.
 *
 * @throws VoiceprintError `trials/malformed`; `cli/usage` for an unreadable list or missing audio;
 *   `audio/undecodable` for audio that cannot be used; as `openModel` and `openEngine`.
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const embedded = await embedTrials(options);
  const { manifest, list, lengths, skipped } = embedded;
  let longest: Figures | undefined;
  let scoredTrials = 0;
  const bySeconds: Record<string, Figures> = {};
  lengths.forEach((length, i) => {
    const scored = scoreTrials(
      list,
      embedded.embeddings.map((ofFile) => ofFile?.[i]),
    );
    scoredTrials = scored.trials.length;
    longest = figuresOf(list, scored, manifest.calibration);
    bySeconds[length === null ? 'full' : String(length)] = longest;
  });
  if (longest === undefined) throw new VoiceprintError('cli/usage', 'no length to evaluate');
  return {
    ...longest,
    model: {
      name: manifest.name,
      version: manifest.version,
      sha256: manifest.files.model.sha256,
    },
    duplicates: list.duplicates,
    skipped: { files: skipped, trials: list.labels.length - scoredTrials },
    speechOnly: options.speechOnly ?? false,
    costs: { miss: 1, falseAccept: 1 },
    bySeconds,
  };
}

/** Reads a trial list and embeds its files, from the cache as far as that goes. */
export async function embedTrials(options: EvaluateOptions): Promise<EmbeddedTrials> {
  const { seconds, speechOnly = false, cacheFolder = EVALUATE_DEFAULTS.cacheFolder } = options;
  if (seconds !== undefined && !(seconds > 0 && Number.isFinite(seconds))) {
    throw new VoiceprintError('cli/usage', `--seconds is ${seconds}; give a number above 0`);
  }
  const lengths: readonly Length[] = seconds === undefined ? EVALUATE_DEFAULTS.lengths : [seconds];
  const list = await readListFile(options.trials);
  refuseOneClass(list.labels);
  const { manifest } = await openModel(options.model);
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
  return { ...embedded, manifest, list, lengths };
}

async function openEmbedders(
  options: { readonly model: string; readonly speechOnly: boolean },
  files: number,
  wanted: number | undefined,
): Promise<readonly FileEmbedder[]> {
  const useful = Math.max(1, Math.ceil(files / EVALUATE_DEFAULTS.filesPerWorker));
  const workers = wanted ?? Math.min(availableParallelism(), useful);
  if (workers <= 1) return [await openFileEmbedder(options)];
  const opened = await Promise.allSettled(
    Array.from({ length: workers }, () => openWorkerProcess(options)),
  );
  const embedders = opened.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const failure = opened.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await Promise.all(embedders.map((embedder) => embedder.close()));
    throw failure.reason;
  }
  return embedders;
}

async function readListFile(path: string): Promise<TrialList> {
  try {
    return await readTrialList(createReadStream(path, { encoding: 'utf8' }));
  } catch (error) {
    if (error instanceof VoiceprintError) {
      throw new VoiceprintError(error.code, `${path}: ${error.message}`, { cause: error });
    }
    throw new VoiceprintError('cli/usage', `cannot read the trial list ${path}; check the path`, {
      cause: error,
    });
  }
}
