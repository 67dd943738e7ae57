import { sha256 } from '../models/download-hash.js';
import type { ModelFacts } from './load.js';
import type { ResolvedOptions } from './options.js';
import type { ModelSource } from './source.js';

/**
 * A hash that stands for the model, so that voiceprints of different models are never compared: of
 * its name, revision, precision, weights file with its length, and both configurations. The library
 * does not hand out the weights; a branch that gets other weights of the same length under the same
 * configuration is not noticed, a pinned commit cannot.
 *
 * @returns 64 hexadecimal digits, the same wherever the model was loaded from.
 */
export async function modelIdentity(
  source: ModelSource,
  { revision, dtype, subfolder, modelFile, output }: ResolvedOptions,
  { config, preprocessor }: ModelFacts,
  bytes: number,
): Promise<string> {
  const { _name_or_path, transformers_version, normalized_config, ...lasting } = config;
  const facts = {
    library: 'transformers.js',
    model: source.name,
    revision,
    weights: [subfolder, modelFile, dtype, bytes],
    output: output ?? null,
    config: lasting,
    preprocessor,
  };
  return sha256(new TextEncoder().encode(JSON.stringify(sorted(facts))));
}

/** The same value with the keys of every object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
