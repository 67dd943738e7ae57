import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { VoiceprintError } from '../../errors.js';
import type { EmbeddingCache } from './embedding-cache.js';
import type { FileEmbedder, FileEmbedding, FileOutcome, Length } from './file-embedding.js';

/** Options of {@link embedFiles}. */
export interface EmbedFilesOptions {
  /** Names as the trial list gives them. */
  readonly files: readonly string[];
  /** Folder that the names are relative to. */
  readonly root: string;
  readonly lengths: readonly Length[];
  readonly cache: EmbeddingCache | undefined;
  /** Leave out what cannot be read instead of failing. */
  readonly skipUnreadable: boolean;
  /** Opens the embedders that share the work; not called when the cache holds everything. */
  readonly openEmbedders: (files: number) => Promise<readonly FileEmbedder[]>;
  readonly onProgress: (done: number, total: number) => void;
}

/** Why a file was left out. */
export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

/** Embeddings by file, in the order of the files; undefined for those that were left out. */
export interface EmbeddedFiles {
  readonly embeddings: readonly (readonly FileEmbedding[] | undefined)[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * Embeds every file once, whatever the number of trials that it is in.
 *
 * @throws VoiceprintError `cli/usage` naming the first file that is missing, `audio/undecodable`
 *   naming the first that cannot be used; neither with `skipUnreadable`.
 */
export async function embedFiles(options: EmbedFilesOptions): Promise<EmbeddedFiles> {
  const { files, lengths, cache } = options;
  const outcomes = new Array<FileOutcome | undefined>(files.length);
  const missing = await findMissing(options);
  for (const index of missing) outcomes[index] = { kind: 'unreadable', reason: 'not found' };
  const hashes = new Array<string>(files.length).fill('');
  const waiting: number[] = [];
  for (let index = 0; index < files.length; index++) {
    if (outcomes[index] !== undefined) continue;
    if (cache !== undefined) {
      hashes[index] = await hashOf(pathOf(options, index));
      outcomes[index] = await cached(cache, hashes[index] ?? '', lengths);
    }
    if (outcomes[index] === undefined) waiting.push(index);
  }
  let done = files.length - waiting.length;
  options.onProgress(done, files.length);
  if (waiting.length > 0) {
    const embedders = await options.openEmbedders(waiting.length);
    try {
      await Promise.all(
        embedders.map(async (embedder) => {
          for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
            const outcome = await embedder.embed(pathOf(options, index), lengths);
            outcomes[index] = outcome;
            if (outcome.kind === 'embedded') {
              await Promise.all(
                outcome.embeddings.map((embedding, i) =>
                  cache?.put(hashes[index ?? 0] ?? '', lengths[i] ?? null, embedding),
                ),
              );
            } else if (!options.skipUnreadable) {
              throw unreadable(files[index] ?? '', outcome.reason);
            }
            options.onProgress(++done, files.length);
          }
        }),
      );
    } finally {
      // After a failure nobody takes another file.
      waiting.length = 0;
      await Promise.all(embedders.map((embedder) => embedder.close()));
    }
  }
  const skipped = outcomes.flatMap((outcome, index) =>
    outcome?.kind === 'unreadable' ? [{ file: files[index] ?? '', reason: outcome.reason }] : [],
  );
  const embeddings = outcomes.map((outcome) =>
    outcome?.kind === 'embedded' ? outcome.embeddings : undefined,
  );
  return { embeddings, skipped };
}

/** Positions of missing files: all are looked for before any work is done. */
async function findMissing(options: EmbedFilesOptions): Promise<readonly number[]> {
  const missing: number[] = [];
  for (let index = 0; index < options.files.length; index++) {
    const found = await stat(pathOf(options, index)).catch(() => undefined);
    if (found?.isFile() !== true) missing.push(index);
  }
  const [first] = missing;
  if (first !== undefined && !options.skipUnreadable) {
    const others = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
    throw new VoiceprintError(
      'cli/usage',
      `${pathOf(options, first)} is missing${others}; check --root, or leave their trials out with --skip-unreadable`,
    );
  }
  return missing;
}

async function cached(
  cache: EmbeddingCache,
  hash: string,
  lengths: readonly Length[],
): Promise<FileOutcome | undefined> {
  const embeddings: FileEmbedding[] = [];
  for (const length of lengths) {
    const embedding = await cache.get(hash, length);
    if (embedding === undefined) return undefined;
    embeddings.push(embedding);
  }
  return { kind: 'embedded', embeddings };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (cause) {
    throw new VoiceprintError('cli/usage', `cannot read ${path}; check its permissions`, { cause });
  }
  return hash.digest('hex');
}

function pathOf({ root, files }: EmbedFilesOptions, index: number): string {
  return join(root, files[index] ?? '');
}

function unreadable(file: string, reason: string): VoiceprintError {
  return new VoiceprintError(
    'audio/undecodable',
    `${file} cannot be used: ${reason} Leave such files out with --skip-unreadable.`,
  );
}
