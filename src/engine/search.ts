import { VoiceprintError } from '../errors.js';
import { unitLength } from '../scoring/cosine.js';
import type { HeldEmbedding, Ranked } from './types.js';

/** Embeddings at length 1 as the rows of one flat matrix, by speaker. */
export class EmbeddingMatrix {
  readonly #rows: Float32Array;
  readonly #size: number;
  readonly #speakers: readonly string[];
  /** Index of the speaker of each row. */
  readonly #speakerOf: Uint32Array;
  readonly #counts: Uint32Array;

  /** @throws VoiceprintError `scoring/invalid` for embeddings of several sizes, or of length zero. */
  constructor(held: readonly HeldEmbedding[]) {
    const size = held[0]?.embedding.length ?? 0;
    const indices = new Map<string, number>();
    this.#size = size;
    this.#rows = new Float32Array(held.length * size);
    this.#speakerOf = new Uint32Array(held.length);
    for (const [row, { speaker, embedding }] of held.entries()) {
      if (embedding.length !== size) throw otherSize('a held embedding', embedding.length, size);
      this.#rows.set(unitLength(embedding), row * size);
      const index = indices.get(speaker) ?? indices.size;
      indices.set(speaker, index);
      this.#speakerOf[row] = index;
    }
    this.#speakers = [...indices.keys()];
    this.#counts = new Uint32Array(this.#speakers.length);
    for (const index of this.#speakerOf) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  /** As `Engine.search`. */
  search(query: Float32Array, limit: number): Ranked[] {
    if (this.#speakers.length === 0) return [];
    if (query.length !== this.#size) throw otherSize('the query', query.length, this.#size);
    const unit = unitLength(query);
    const sums = new Float64Array(this.#speakers.length);
    for (const [row, index] of this.#speakerOf.entries()) {
      const at = row * this.#size;
      let product = 0;
      for (let i = 0; i < this.#size; i++) product += (unit[i] ?? 0) * (this.#rows[at + i] ?? 0);
      sums[index] = (sums[index] ?? 0) + product;
    }
    return this.#speakers
      .map((speaker, index) => ({
        speaker,
        cosine: (sums[index] ?? 0) / (this.#counts[index] ?? 1),
      }))
      .sort((a, b) => b.cosine - a.cosine)
      .slice(0, Math.max(0, limit));
  }
}

function otherSize(what: string, size: number, expected: number): VoiceprintError {
  return new VoiceprintError(
    'scoring/invalid',
    `${what} has ${size} values, expected ${expected}; embeddings of one model only can be searched`,
  );
}
