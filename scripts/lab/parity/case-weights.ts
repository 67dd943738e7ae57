import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readCheckpoint } from '../../../src/checkpoint/index.js';
import { VoiceprintError } from '../../../src/errors.js';
import {
  elementCount,
  float32Tensor,
  type NamedTensors,
  type Tensor,
} from '../../../src/tensor.js';
import { recipeValues } from './recipe.js';
import type { CaseFolder, CaseTensor } from './types.js';

/**
 * The weights of a case: from its checkpoint where it has one, else by the recipe.
 * @throws VoiceprintError `cli/usage` where the case describes no weights.
 */
export async function caseWeights({ name, path, config }: CaseFolder): Promise<NamedTensors> {
  if (config.checkpoint !== undefined) {
    const file = join(path, config.checkpoint);
    if (await exists(file)) return readCheckpoint(await readFile(file)).tensors;
  }
  const { tensors, recipe_seed: seed } = config;
  if (!isTensorList(tensors) || seed === undefined) {
    throw new VoiceprintError('cli/usage', `${name} has neither a checkpoint nor a weight recipe`);
  }
  const made = new Map<string, Tensor>();
  for (const tensor of tensors) {
    // Upstream's constants follow from the configuration: the graph makes them itself.
    if (tensor.recipe !== null) made.set(tensor.key, recipeTensor(tensor, seed));
  }
  for (const { key, alias_of: alias } of tensors) {
    const original = alias === undefined ? undefined : made.get(alias);
    if (original !== undefined) made.set(key, original);
  }
  return made;
}

function isTensorList(tensors: CaseFolder['config']['tensors']): tensors is readonly CaseTensor[] {
  return Array.isArray(tensors);
}

function recipeTensor(tensor: CaseTensor, seed: number): Tensor {
  const { key, shape, lo, hi } = tensor;
  const count = elementCount(shape);
  const values = () =>
    lo === undefined || hi === undefined
      ? new Float32Array(count).fill(tensor.recipe === 'const1000' ? 1000 : 0)
      : recipeValues(key, seed, count, lo, hi);
  return { ...float32Tensor(new Float32Array(0), shape), float32: values };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
