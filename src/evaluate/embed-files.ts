import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VoiceprintError } from '../errors.js';
import type { EmbeddingCache } from './embedding-cache.js';
import type {
  AudioFile,
  FileEmbedder,
  FileEmbedding,
  FileOutcome,
  Length,
} from './workers/file-embedding.js';

/** Options of {@link embedFiles}. */
export interface EmbedFilesOptions {
  /** Names as the trial list gives them; several in one are joined end to end. */
  readonly files: readonly AudioFile[];
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
  /** Its path, as the list has it. */
  readonly file: string;
  /** Why it could not be read. */
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
      hashes[index] = await hashOf(pathsOf(options, index));
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
              throw unreadable(nameOf(files[index]), outcome.reason);
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
    outcome?.kind === 'unreadable' ? [{ file: nameOf(files[index]), reason: outcome.reason }] : [],
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
    for (const path of pathsOf(options, index)) {
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() === true) continue;
      missing.push(index);
      break;
    }
  }
  const [first] = missing;
  if (first !== undefined && !options.skipUnreadable) {
    const others = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
    throw new VoiceprintError(
      'cli/usage',
      `${nameOf(pathOf(options, first))} is missing${others}; check --root, or leave their trials out with --skip-unreadable`,
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

async function hashOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    try {
      for await (const chunk of createReadStream(path)) hash.update(chunk);
    } catch (cause) {
      throw new VoiceprintError('cli/usage', `cannot read ${path}; check its permissions`, {
        cause,
      });
    }
  }
  // Files joined here are not the file that their bytes would make.
  if (paths.length > 1) hash.update(`joined ${paths.length}`);
  return hash.digest('hex');
}

function pathOf({ root, files }: EmbedFilesOptions, index: number): AudioFile {
  const file = files[index] ?? '';
  return typeof file === 'string' ? join(root, file) : file.map((part) => join(root, part));
}

function pathsOf(options: EmbedFilesOptions, index: number): readonly string[] {
  const path = pathOf(options, index);
  return typeof path === 'string' ? [path] : path;
}

/** How messages call a file. */
function nameOf(file: AudioFile | undefined): string {
  if (file === undefined || typeof file === 'string') return file ?? '';
  return file.length > 1 ? `${file[0]} and ${file.length - 1} more` : (file[0] ?? '');
}

function unreadable(file: string, reason: string): VoiceprintError {
  return new VoiceprintError(
    'audio/undecodable',
    `${file} cannot be used: ${reason} Leave such files out with --skip-unreadable.`,
  );
}
