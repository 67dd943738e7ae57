import { SAMPLE_RATE } from '../audio/limits.js';
import { VoiceprintError } from '../errors.js';

/** Options of `Verifier.embedLengths`; the defaults are {@link EMBED_LENGTHS_DEFAULTS}. */
export interface EmbedLengthsOptions {
  /** Seconds from the start, or `null` for all of it. @defaultValue all of it, once */
  readonly lengths?: readonly (number | null)[];
  /** Leave pauses out before lengths are cut, as `verify` does. @defaultValue false */
  readonly speechOnly?: boolean;
  /** Gives the call up. */
  readonly signal?: AbortSignal;
}

/** Defaults of {@link EmbedLengthsOptions}. */
export const EMBED_LENGTHS_DEFAULTS = {
  lengths: [null],
  speechOnly: false,
} as const satisfies EmbedLengthsOptions;

/** The embedding of the start of a recording. */
export interface LengthEmbedding {
  /** What was embedded: the length asked for, or less where there is less. */
  readonly seconds: number;
  /** The embedding; its norm has no meaning. */
  readonly values: Float32Array;
}

/**
 * Embeds the start of a signal at several lengths, each distinct stretch once.
 *
 * @param samples - 16 kHz mono.
 * @throws VoiceprintError `verifier/invalid` for a length that is not above 0, and whatever `embed`
 *   throws.
 */
export async function embedLengths(
  samples: Float32Array,
  lengths: readonly (number | null)[],
  embed: (samples: Float32Array) => Promise<Float32Array>,
): Promise<readonly LengthEmbedding[]> {
  for (const length of lengths) {
    if (length === null || (length > 0 && Number.isFinite(length))) continue;
    throw new VoiceprintError(
      'verifier/invalid',
      `a length is ${length}; give seconds above 0, or null for all of it`,
    );
  }
  const bySize = new Map<number, Promise<Float32Array>>();
  const embeddings: LengthEmbedding[] = [];
  for (const length of lengths) {
    const wanted = length === null ? samples.length : Math.round(length * SAMPLE_RATE);
    const size = Math.min(samples.length, wanted);
    const values = bySize.get(size) ?? embed(samples.slice(0, size));
    bySize.set(size, values);
    embeddings.push({ seconds: size / SAMPLE_RATE, values: await values });
  }
  return embeddings;
}
