import { VoiceprintError } from '../../errors.js';
import type { Manifest } from '../../models/manifest.js';
import { embedFiles, type SkippedFile } from '../embed-files.js';
import { EmbeddingCache } from '../embedding-cache.js';
import { EVALUATE_DEFAULTS } from '../evaluate.js';
import { openEmbedders } from '../workers/open-embedders.js';
import { listCohortSpeakers, spread } from './cohort-speakers.js';

/** Options of {@link embedCohort}; the defaults are {@link COHORT_DEFAULTS}. */
export interface EmbedCohortOptions {
  /** A name in `models/`, a model folder, or a URL. */
  readonly model: string;
  readonly manifest: Manifest;
  /** Folder of recordings, one folder per speaker, however deep. */
  readonly root: string;
  /** Folder of the embedding cache; null for none. */
  readonly cacheFolder?: string | null;
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Defaults of {@link embedCohort}; not options, because a cohort should be made like the next. */
export const COHORT_DEFAULTS = {
  /** Recordings of a speaker are joined to so many seconds of speech. */
  secondsPerSpeaker: 6,
  /** At most so many recordings of a speaker, spread over all of them. */
  filesPerSpeaker: 12,
  /** At most so many speakers, spread over all of them: more add bytes to download, not accuracy. */
  speakers: 512,
  /** A speaker who says less is left out: their voice is not known well enough. */
  minimumSeconds: 2,
} as const;

/** The speakers of a cohort, each with one embedding. */
export interface EmbeddedCohort {
  readonly speakers: readonly { readonly name: string; readonly embedding: Float32Array }[];
  /** Speakers who said too little, and files that cannot be read. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * Embeds one stretch of speech per speaker of a folder: recordings joined end to end without their
 * pauses, because one word by itself is too short to be embedded.
 *
 * @throws VoiceprintError `cli/usage` as `listCohortSpeakers`, and as `openEngine`.
 */
export async function embedCohort(options: EmbedCohortOptions): Promise<EmbeddedCohort> {
  const { manifest, root, cacheFolder = EVALUATE_DEFAULTS.cacheFolder, workers } = options;
  const { names, files } = await cohortFiles(root);
  const { embeddings, skipped } = await embedFiles({
    files,
    root,
    lengths: [COHORT_DEFAULTS.secondsPerSpeaker],
    cache: cacheFolder === null ? undefined : new EmbeddingCache(cacheFolder, manifest, true),
    skipUnreadable: true,
    openEmbedders: (files) =>
      openEmbedders({ model: options.model, speechOnly: true }, files, workers),
    onProgress: options.onProgress ?? (() => {}),
  });
  const short: SkippedFile[] = [];
  const embedded = names.flatMap((name, i) => {
    const found = embeddings[i]?.[0];
    if (found === undefined) return [];
    if (found.seconds < COHORT_DEFAULTS.minimumSeconds) {
      short.push({ file: name, reason: `${found.seconds.toFixed(1)} s of speech` });
      return [];
    }
    return [{ name, embedding: found.values }];
  });
  if (embedded.length < 2) {
    throw new VoiceprintError(
      'cli/usage',
      `${root} gives embeddings of ${embedded.length} speakers; a cohort needs at least 2 who say ${COHORT_DEFAULTS.minimumSeconds} s or more`,
    );
  }
  return { speakers: embedded, skipped: [...skipped, ...short] };
}

/**
 * The speakers of a folder that a cohort is made of, and the recordings of each.
 *
 * @param left - Whom to leave out, by name.
 */
export async function cohortFiles(
  root: string,
  left: (name: string) => boolean = () => false,
): Promise<{
  readonly names: readonly string[];
  readonly files: readonly (readonly string[])[];
}> {
  const everyone = await listCohortSpeakers(root);
  const speakers = spread(
    everyone.filter(({ name }) => !left(name)),
    COHORT_DEFAULTS.speakers,
  );
  return {
    names: speakers.map(({ name }) => name),
    files: speakers.map(({ files }) => spread(files, COHORT_DEFAULTS.filesPerSpeaker)),
  };
}
