import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { dirname, join } from 'node:path';
import { VoiceprintError } from '../errors.js';
import type { Manifest } from '../models/manifest.js';
import { errorCode } from '../models/output-folder.js';
import type { FileEmbedding, Length } from './workers/file-embedding.js';

/** Goes up when decoding, trimming or cutting changes, so that older entries are not used. */
const LAYOUT = 1;

/** What of a manifest tells whether two embeddings are of one kind. */
export type EmbeddingSource = Pick<Manifest, 'embeddingSize' | 'files' | 'frontEnd'>;

/**
 * Embeddings on disk, so that an interrupted evaluation goes on where it was: one file each under
 * `<folder>/<model sha256>/`, named by the SHA-256 of the audio file and the length. Holds float32:
 * the seconds that were embedded, then the embedding.
 */
export class EmbeddingCache {
  readonly #folder: string;
  readonly #size: number;
  readonly #kind: string;

  constructor(folder: string, manifest: EmbeddingSource, speechOnly: boolean) {
    // The front end is no part of the model file, but of what an embedding is.
    const frontEnd = createHash('sha256')
      .update(JSON.stringify([LAYOUT, manifest.frontEnd, endianness()]))
      .digest('hex')
      .slice(0, 8);
    this.#folder = join(folder, manifest.files.model.sha256);
    this.#size = manifest.embeddingSize;
    this.#kind = `${speechOnly ? 'speech' : 'whole'}-${frontEnd}`;
  }

  /** @returns undefined where there is no whole entry. */
  async get(audioSha256: string, length: Length): Promise<FileEmbedding | undefined> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#path(audioSha256, length));
    } catch {
      return undefined;
    }
    if (bytes.length !== 4 * (this.#size + 1)) return undefined;
    const [seconds = 0, ...values] = new Float32Array(new Uint8Array(bytes).buffer);
    return { seconds, values: Float32Array.from(values) };
  }

  async put(audioSha256: string, length: Length, embedding: FileEmbedding): Promise<void> {
    const path = this.#path(audioSha256, length);
    // Renamed into place, so that an interrupted write leaves no half entry.
    const temporary = `${path}.${randomUUID()}`;
    const content = Float32Array.of(embedding.seconds, ...embedding.values);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(temporary, new Uint8Array(content.buffer));
      await rename(temporary, path);
    } catch (cause) {
      throw new VoiceprintError(
        'cli/usage',
        `cannot write to the cache ${this.#folder} (${errorCode(cause)}); give another --cache, or --no-cache`,
        { cause },
      );
    }
  }

  #path(audioSha256: string, length: Length): string {
    const name = `${audioSha256}-${length === null ? 'full' : `${length}s`}-${this.#kind}.f32`;
    return join(this.#folder, audioSha256.slice(0, 2), name);
  }
}
