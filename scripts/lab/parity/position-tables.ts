import {
  type Buckets,
  computeBias,
  relativePositionBucket,
} from '../../../src/architectures/beats/blocks/relative-positions.js';
import { caseWeights } from './case-weights.js';
import { type Comparison, compareArrays, failed } from './compare.js';
import type { CaseConfig, CaseFolder, ParityResult } from './types.js';

/** True for the buckets of relative positions that BEATs' attention uses. */
export function isBucketCase({ cls = '' }: CaseConfig): boolean {
  return cls.endsWith('._relative_positions_bucket');
}

/** Compares every bucket of every table, both ways: they are whole numbers and must be equal. */
export async function runBucketCase(folder: CaseFolder): Promise<ParityResult[]> {
  const results: ParityResult[] = [];
  for (const table of entriesOf(folder.config.tables)) {
    const buckets = bucketsOf(table.num_buckets, table.max_distance);
    for (const [kind, bidirectional] of [
      ['bidir', true],
      ['unidir', false],
    ] as const) {
      const output = `${kind}_${buckets.numBuckets}_${buckets.maxDistance}`;
      const reference = await folder.readArray(`${output}.npy`);
      const reach = (reference.values.length - 1) / 2;
      const values = Int32Array.from(reference.values, (_, i) =>
        relativePositionBucket(i - reach, buckets, bidirectional),
      );
      const comparison = compareArrays({ shape: [values.length], values }, reference, 0);
      results.push(named(folder, 'tables', output, comparison));
    }
  }
  return results;
}

/** Compares what upstream's `compute_bias` gave, where a case of MultiheadAttention holds it. */
export async function runComputeBias(folder: CaseFolder): Promise<ParityResult[]> {
  const { compute_bias: entries, ctor = {} } = folder.config;
  const results: ParityResult[] = [];
  for (const { query_length: queries, key_length: keys, file } of entriesOf(entries)) {
    const table = (await caseWeights(folder)).get('relative_attention_bias.weight');
    const run = `compute_bias_${queries}_${keys}`;
    if (table === undefined || typeof file !== 'string') {
      results.push(named(folder, run, 'bias', failed(0, 'there is no table, or no result')));
      continue;
    }
    const buckets = bucketsOf(ctor.num_buckets ?? 32, ctor.max_distance ?? 128);
    const [, heads = 1] = table.shape;
    const shape = [heads, Number(queries), Number(keys)];
    const values = computeBias(table.float32(), heads, buckets, Number(queries), Number(keys));
    const comparison = compareArrays({ shape, values }, await folder.readArray(file), 0);
    results.push(named(folder, run, 'bias', comparison));
  }
  return results;
}

function named(
  { name }: CaseFolder,
  run: string,
  output: string,
  comparison: Comparison,
): ParityResult {
  return { case: name, run, output, ...comparison };
}

function bucketsOf(numBuckets: unknown, maxDistance: unknown): Buckets {
  return { numBuckets: Number(numBuckets), maxDistance: Number(maxDistance) };
}

function entriesOf(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'object') : [];
}
