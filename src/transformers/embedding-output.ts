import { VoiceprintError } from '../errors.js';

/**
 * Names that are looked for, in this order: those of x-vector heads and of WeSpeaker's own exporter,
 * then what a generic export calls the output of a whole encoder, which counts only as one vector.
 */
export const EMBEDDING_OUTPUTS = [
  'embeddings',
  'embedding',
  'embs',
  'last_hidden_state',
  'pooler_output',
] as const;

interface OutputTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

/**
 * Picks the embedding among the outputs of a model: one vector per utterance.
 *
 * @param wanted - The name of the output, where the caller knows it.
 * @returns a copy of its values.
 * @throws VoiceprintError `model/unsupported` when no output is a vector: frames of hidden states
 *   or logits are no embedding.
 */
export function readEmbedding(
  name: string,
  outputs: Readonly<Record<string, unknown>>,
  wanted?: string,
): Float32Array {
  for (const candidate of wanted === undefined ? EMBEDDING_OUTPUTS : [wanted]) {
    const output = outputs[candidate];
    if (!isTensor(output)) continue;
    const { data, dims } = output;
    const size = dims.at(-1) ?? 0;
    const isVector = size > 1 && dims.slice(0, -1).every((axis) => axis === 1);
    if (isVector && data instanceof Float32Array && data.length === size) return data.slice();
  }
  const found = Object.entries(outputs)
    .map(([key, output]) => (isTensor(output) ? `${key} [${output.dims.join(', ')}]` : key))
    .join(', ');
  const expected =
    wanted === undefined
      ? `one of ${EMBEDDING_OUTPUTS.join(', ')} as one vector per utterance is needed; take a model with a speaker head (x-vector), or name the output in options.output`
      : `"${wanted}" as one float32 vector per utterance is needed; mend options.output`;
  throw new VoiceprintError(
    'model/unsupported',
    `${name} gives no speaker embedding: it has ${found || 'no outputs'}, and ${expected}`,
  );
}

function isTensor(output: unknown): output is OutputTensor {
  return (
    typeof output === 'object' &&
    output !== null &&
    'data' in output &&
    'dims' in output &&
    Array.isArray(output.dims)
  );
}

/** Gives back what the outputs hold on the GPU; on the CPU it does nothing. */
export function disposeOutputs(outputs: Readonly<Record<string, unknown>>): void {
  for (const output of Object.values(outputs)) {
    if (typeof output !== 'object' || output === null || !('dispose' in output)) continue;
    if (typeof output.dispose === 'function') output.dispose();
  }
}
