// @module-tag slow

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHARED } from '../platform/checkout.fixture.js';
import { readCheckpoint } from './index.js';

const shared = SHARED;
const cases = join(shared, 'reference/cases');
const present = existsSync(cases);
if (!present) console.warn(`skipped: ${cases} is not there, so real checkpoints are not compared`);

interface TensorRecipe {
  readonly key: string;
  readonly shape: readonly number[];
  readonly lo?: number;
  readonly hi?: number;
  readonly alias_of?: string;
  readonly recipe?: string | null;
  readonly key_in_checkpoint?: string;
}

interface CaseConfig {
  readonly checkpoint?: string;
  readonly recipe_seed?: number;
  readonly tensors?: readonly TensorRecipe[];
}

const MASK = (1n << 64n) - 1n;
const GAMMA = 0x9e3779b97f4a7c15n;

/** The weight recipe of the reference: splitmix64 from a hash of the key. */
function recipeValues(key: string, seed: number, lo: number, hi: number, count: number) {
  let state = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(key)) {
    state = ((state ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  }
  state ^= (BigInt(seed) * GAMMA) & MASK;
  return Float32Array.from({ length: count }, () => {
    state = (state + GAMMA) & MASK;
    let z = ((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    z ^= z >> 31n;
    return lo + (hi - lo) * (Number(z >> 40n) / 2 ** 24);
  });
}

const names = present ? readdirSync(cases) : [];
const withCheckpoint = names.flatMap((name) => {
  const path = join(cases, name, 'config.json');
  if (!existsSync(path)) return [];
  const config: CaseConfig = JSON.parse(readFileSync(path, 'utf8'));
  return config.checkpoint?.match(/\.(ckpt|pth?)$/) ? [{ name, config }] : [];
});

describe.skipIf(!present)('checkpoints that torch.save wrote', () => {
  it('are there in number', () => {
    expect(withCheckpoint.length).toBeGreaterThan(55);
  });

  it.each(withCheckpoint)('$name holds the values of its recipe', ({ name, config }) => {
    const checkpoint = readCheckpoint(readFileSync(join(cases, name, config.checkpoint ?? '')));
    const recipes = new Map(config.tensors?.map((tensor) => [tensor.key, tensor]));
    let compared = 0;
    for (const tensor of recipes.values()) {
      const key = tensor.key_in_checkpoint ?? tensor.key;
      const found = checkpoint.tensors.get(key);
      expect(found?.shape, key).toEqual(tensor.shape);
      const values = found?.float32() ?? new Float32Array(0);
      const source = recipes.get(tensor.alias_of ?? tensor.key) ?? tensor;
      if (source.recipe === 'const1000') {
        expect([...values], key).toEqual([1000]);
      } else if (source.lo !== undefined && source.hi !== undefined) {
        const { lo, hi } = source;
        const expected = recipeValues(source.key, config.recipe_seed ?? 0, lo, hi, values.length);
        // Buffers compare at once; a matcher on half a million numbers takes seconds.
        expect(
          Buffer.compare(Buffer.from(values.slice().buffer), Buffer.from(expected.buffer)),
          key,
        ).toBe(0);
      } else {
        const npy = join(cases, name, 'weights', `${tensor.key}.npy`);
        if (!existsSync(npy)) continue;
        const file = readFileSync(npy);
        const data = file.subarray(10 + file.readUInt16LE(8));
        expect(Buffer.compare(Buffer.from(values.slice().buffer), data), key).toBe(0);
      }
      compared += 1;
    }
    expect(compared).toBeGreaterThan(0);
  });
});
