import { VoiceprintError } from '../errors.js';
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
      this.#rows.set(unit(embedding), row * size);
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
    const direction = unit(query);
    const sums = new Float64Array(this.#speakers.length);
    for (const [row, index] of this.#speakerOf.entries()) {
      const at = row * this.#size;
      let product = 0;
      for (let i = 0; i < this.#size; i++)
        product += (direction[i] ?? 0) * (this.#rows[at + i] ?? 0);
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

/** @throws VoiceprintError `scoring/invalid` for a vector without a direction. */
function unit(embedding: Float32Array): Float32Array {
  const norm = Math.sqrt(embedding.reduce((sum, value) => sum + value * value, 0));
  if (norm > 0 && Number.isFinite(norm)) return embedding.map((value) => value / norm);
  throw new VoiceprintError(
    'scoring/invalid',
    `an embedding is ${norm === 0 ? 'empty or all zero' : 'not finite'}; embed audio that holds speech`,
  );
}

function otherSize(what: string, size: number, expected: number): VoiceprintError {
  return new VoiceprintError(
    'scoring/invalid',
    `${what} has ${size} values, expected ${expected}; embeddings of one model only can be searched`,
  );
}
