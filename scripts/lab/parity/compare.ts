import type { NpyArray } from './npy.js';
import type { ParityResult } from './types.js';

/** Largest relative error that separates rounding from every known mistake, from features on. */
export const GRAPH_TOLERANCE = 1e-5;

/** Values to compare and their shape. */
export interface Computed {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export type Comparison = Pick<ParityResult, 'relative' | 'tolerance' | 'pass' | 'note'>;

/**
 * Largest absolute error (or a quantile of it) over the largest absolute reference value. Where the
 * reference is not finite, the computed value must be the same; elsewhere it must be finite.
 */
export function compareArrays(
  computed: Computed,
  reference: Pick<NpyArray, 'shape' | 'values'>,
  tolerance: number,
  { quantile = 1 }: { readonly quantile?: number } = {},
): Comparison {
  const shape = computed.shape.join(', ');
  const expected = reference.shape.join(', ');
  if (shape !== expected) return failed(tolerance, `shape [${shape}], expected [${expected}]`);
  const errors = new Float64Array(reference.values.length);
  let largest = 0;
  let wild = 0;
  for (let i = 0; i < reference.values.length; i++) {
    const a = computed.values[i] ?? Number.NaN;
    const b = reference.values[i] ?? Number.NaN;
    if (!Number.isFinite(a) || !Number.isFinite(b)) {
      if (!Object.is(a, b)) wild++;
      continue;
    }
    errors[i] = Math.abs(a - b);
    largest = Math.max(largest, Math.abs(b));
  }
  if (wild > 0) return failed(tolerance, `${wild} values are finite on one side only`);
  const error = quantileOf(errors, quantile);
  const relative = largest === 0 ? error : error / largest;
  return { relative, tolerance, pass: relative <= tolerance };
}

function quantileOf(errors: Float64Array, quantile: number): number {
  if (quantile === 1) return errors.reduce((most, error) => Math.max(most, error), 0);
  return errors.sort()[Math.max(0, Math.ceil(errors.length * quantile) - 1)] ?? 0;
}

/** A comparison that cannot be put into a number. */
export function failed(tolerance: number, note: string): Comparison {
  return { relative: Number.NaN, tolerance, pass: false, note };
}
