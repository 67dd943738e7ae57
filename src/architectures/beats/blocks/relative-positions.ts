import { VoiceprintError } from '../../../errors.js';
import {
  add,
  cast,
  clip,
  countUp,
  type GraphBuilder,
  gather,
  reshape,
  sizeOf,
  subtract,
  type Value,
} from '../../../onnx/index.js';

/** How distances between tokens share the entries of a table. */
export interface Buckets {
  /** How many buckets there are, for both directions together. */
  readonly numBuckets: number;
  /** Distances from here on share the last bucket. */
  readonly maxDistance: number;
}

/**
 * @throws VoiceprintError `graph/invalid` for tables that upstream divides by zero for, or walks out
 *   of.
 */
export function requireBuckets(cls: string, { numBuckets, maxDistance }: Buckets): void {
  if (numBuckets < 4) {
    const message = `${cls}: num_buckets is ${numBuckets}, and half of a half of it must be 1 or more: give 4 or more`;
    throw new VoiceprintError('graph/invalid', message);
  }
  const exact = exactDistances(numBuckets);
  if (maxDistance > exact) return;
  const message = `${cls}: max_distance is ${maxDistance}, which num_buckets (${numBuckets}) covers one by one: give more than ${exact}`;
  throw new VoiceprintError('graph/invalid', message);
}

/** Distances below this have a bucket of their own. */
function exactDistances(numBuckets: number): number {
  return Math.floor(Math.floor(numBuckets / 2) / 2);
}

/**
 * The bucket of a relative position (key minus query), as `_relative_positions_bucket` of BEATs'
 * MultiheadAttention computes it: in float32, step by step, since its logarithm is truncated and
 * float64 lands on the other side of exact edges.
 *
 * @param bidirectional - false only in upstream's signature: attention never asks for it.
 */
export function relativePositionBucket(
  position: number,
  { numBuckets, maxDistance }: Buckets,
  bidirectional = true,
): number {
  const round = Math.fround;
  const half = bidirectional ? Math.floor(numBuckets / 2) : numBuckets;
  const base = bidirectional && position > 0 ? half : 0;
  const distance = bidirectional ? Math.abs(position) : Math.max(0, -position);
  const exact = Math.floor(half / 2);
  if (distance < exact) return base + distance;
  const logarithm = round(Math.log(round(distance / exact)));
  const share = round(logarithm / round(Math.log(maxDistance / exact)));
  return base + Math.min(half - 1, exact + Math.trunc(round(share * (half - exact))));
}

/** The bias of every relative position that differs from its neighbours. */
export interface BiasByPosition {
  /** Positions beyond `[-reach, reach]` have the bias of the nearest end. */
  readonly reach: number;
  /** `[heads, 2 * reach + 1]`, from -reach on. */
  readonly values: Float32Array;
}

/**
 * Spreads upstream's table over relative positions, so that no logarithm is left to run time. The
 * last bucket is never left, hence a table of bounded size serves every length.
 *
 * @param table - `relative_attention_bias.weight`, `[numBuckets, heads]`.
 */
export function biasByPosition(
  table: Float32Array,
  heads: number,
  buckets: Buckets,
): BiasByPosition {
  let reach = Math.max(buckets.maxDistance, exactDistances(buckets.numBuckets));
  const last = relativePositionBucket(-reach, buckets);
  while (reach > 1 && relativePositionBucket(1 - reach, buckets) === last) reach--;
  const width = 2 * reach + 1;
  const values = new Float32Array(heads * width);
  for (let i = 0; i < width; i++) {
    const bucket = relativePositionBucket(i - reach, buckets);
    for (let head = 0; head < heads; head++) {
      values[head * width + i] = table[bucket * heads + head] ?? 0;
    }
  }
  return { reach, values };
}

/**
 * Upstream's `compute_bias`: `[heads, queries, keys]`.
 */
export function computeBias(
  table: Float32Array,
  heads: number,
  buckets: Buckets,
  queries: number,
  keys: number,
): Float32Array {
  const { reach, values } = biasByPosition(table, heads, buckets);
  const bias = new Float32Array(heads * queries * keys);
  let at = 0;
  for (let head = 0; head < heads; head++) {
    const centre = head * (2 * reach + 1) + reach;
    for (let query = 0; query < queries; query++) {
      for (let key = 0; key < keys; key++, at++) {
        const position = Math.max(-reach, Math.min(reach, key - query));
        bias[at] = values[centre + position] ?? 0;
      }
    }
  }
  return bias;
}

/**
 * The same in the graph, for numbers of tokens that are known only at run time: positions are
 * counted and subtracted in float32, clipped to the table's reach and looked up as int32. int64
 * arithmetic would leave the GPU; here only the two lengths come from the CPU.
 *
 * @param query - its axis 1 counts queries; `key`'s axis 1 counts keys.
 * @returns `[heads, queries, keys]`
 */
export function relativePositionBias(
  g: GraphBuilder,
  bias: BiasByPosition,
  query: Value,
  key: Value,
): Value {
  const { reach, values } = bias;
  const width = 2 * reach + 1;
  const table = g.constant('relative_attention_bias', values, [values.length / width, width]);
  const [, queries = 'queries'] = query.shape;
  const [, keys = 'keys'] = key.shape;
  const columns = countUp(g, sizeOf(g, key, 1), String(keys));
  const counted = query === key ? columns : countUp(g, sizeOf(g, query, 1), String(queries));
  const rows = reshape(g, counted, [-1, 1], [queries, 1]);
  const near = clip(g, subtract(g, columns, rows), { low: -reach, high: reach });
  return gather(g, table, cast(g, add(g, near, g.scalar(reach)), 'int32'), 1);
}
