import type { Dim } from './model.js';

/** A dimension plus a constant: `frames` + 4 is `frames+4`, and that - 4 is `frames` again. */
export function offsetDim(dim: Dim, offset: number): Dim {
  if (typeof dim === 'number') return dim + offset;
  const [, base = dim, tail = '0'] = /^(.*?)([+-]\d+)?$/.exec(dim) ?? [];
  const total = Number(tail) + offset;
  return total === 0 ? base : `${base}${total > 0 ? '+' : ''}${total}`;
}

/** NumPy broadcasting over known and named sizes. Two different names are taken to agree. */
export function broadcast(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x === 1) return y;
    if (y === 1 || x === y || typeof y === 'string') return x;
    if (typeof x === 'string') return y;
    throw new RangeError(`[${a}] and [${b}] do not broadcast`);
  });
}

/** A negative axis counted from the end, as ONNX has it. */
export function wrapAxis(axis: number, rank: number): number {
  const wrapped = axis < 0 ? axis + rank : axis;
  if (!(wrapped >= 0 && wrapped < rank)) throw new RangeError(`axis ${axis} of rank ${rank}`);
  return wrapped;
}

/** The size of one axis. */
export function dimAt(shape: readonly Dim[], axis: number): Dim {
  const dim = shape[wrapAxis(axis, shape.length)];
  if (dim === undefined) throw new RangeError(`axis ${axis} of [${shape}]`);
  return dim;
}

/** The size of an axis that must be known while the graph is built. */
export function knownDim(shape: readonly Dim[], axis: number): number {
  const dim = dimAt(shape, axis);
  if (typeof dim === 'number') return dim;
  throw new RangeError(`axis ${axis} of [${shape}] must have a known size`);
}

/** `shape` with the size of one axis replaced. */
export function withDim(shape: readonly Dim[], axis: number, dim: Dim): Dim[] {
  const changed = [...shape];
  changed[wrapAxis(axis, shape.length)] = dim;
  return changed;
}
