import { GraphBuilder, matMul, mean, unary } from '../onnx/index.js';
import type { TensorValue } from '../tensor.js';

/** Values per frame of {@link tinyEncoder}. */
export const TINY_BANDS = 80;
/** Values that {@link tinyEncoder} returns. */
export const TINY_SIZE = 8;

/** A stand-in for an encoder: a few kilobytes, any number of frames, time averaged. */
export function tinyEncoder(): Uint8Array {
  const g = new GraphBuilder({ name: 'tiny' });
  const x = g.input('x', 'float32', ['batch', 'time', TINY_BANDS]);
  const weights = Float32Array.from({ length: TINY_BANDS * TINY_SIZE }, (_, i) => Math.sin(i) / 40);
  const w = g.constant('w', weights, [TINY_BANDS, TINY_SIZE]);
  g.output('y', mean(g, unary(g, 'Tanh', matMul(g, x, w)), 1));
  return g.finish();
}

/** Frames for {@link tinyEncoder}. */
export function frames(count: number, value = 0.5): TensorValue {
  return {
    type: 'float32',
    dims: [1, count, TINY_BANDS],
    data: new Float32Array(count * TINY_BANDS).fill(value),
  };
}
