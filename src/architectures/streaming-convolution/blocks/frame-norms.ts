import * as v from 'valibot';
import { VoiceprintError } from '../../../errors.js';
import {
  add,
  clip,
  divide,
  type GraphBuilder,
  layerNorm,
  mean,
  multiply,
  reduce,
  split,
  squareRoot,
  type Value,
} from '../../../onnx/index.js';
import { parseOptions } from '../../options.js';
import type { Size, StateDict } from '../../state-dict.js';

/** Normalises each frame of `[batch, frames, channels]` by itself. */
export type FrameNorm = (g: GraphBuilder, weights: StateDict, prefix: string, x: Value) => Value;

/** A class of norm: its arguments under upstream's names, and what it does. */
type NormClass = (
  cls: string,
  channels: Size,
  args: Readonly<Record<string, unknown>>,
) => FrameNorm;

const epsilon = v.pipe(v.number(), v.finite(), v.minValue(0));

/** torch.nn.LayerNorm. */
const layer: NormClass = (cls, channels, args) => {
  const schema = v.strictObject({
    eps: v.optional(epsilon, 1e-5),
    elementwise_affine: v.optional(v.boolean(), true),
  });
  const o = parseOptions(`${cls}'s LayerNorm`, schema, args);
  return (g, weights, prefix, x) => {
    const { size } = channels;
    if (!o.elementwise_affine) {
      const ones = g.constant(`${prefix}weight`, new Float32Array(size).fill(1), [size]);
      return layerNorm(g, x, ones, undefined, o.eps);
    }
    const scale = g.constant(`${prefix}weight`, weights.read(`${prefix}weight`, [channels]), [
      size,
    ]);
    const bias = g.constant(`${prefix}bias`, weights.read(`${prefix}bias`, [channels]), [size]);
    return layerNorm(g, x, scale, bias, o.eps);
  };
};

/** ESPnet's BasicNorm: by the root of mean square plus a learned constant, kept as its logarithm. */
const basic: NormClass = (cls, _channels, args) => {
  const schema = v.strictObject({ eps: v.optional(epsilon, 0.25) });
  parseOptions(`${cls}'s BasicNorm`, schema, args);
  return (g, weights, prefix, x) => {
    const [logarithm = 0] = weights.read(`${prefix}eps`, []);
    const power = add(g, mean(g, multiply(g, x, x), 2), g.scalar(Math.exp(logarithm)));
    return divide(g, x, squareRoot(g, power));
  };
};

/** ESPnet's RMSNorm: by the root mean square of all channels, or of the first few (`partial`). */
const rootMeanSquare: NormClass = (cls, channels, args) => {
  const schema = v.strictObject({
    eps: v.optional(epsilon, 1e-5),
    partial: v.optional(v.number(), 0),
  });
  const o = parseOptions(`${cls}'s RMSNorm`, schema, args);
  const { size } = channels;
  const counted = o.partial > 0 && o.partial < 1 ? Math.floor(size * o.partial) : size;
  if (counted === 0) {
    const message = `${cls}'s RMSNorm: partial ${o.partial} of ${size} channels is none: make it larger`;
    throw new VoiceprintError('graph/invalid', message);
  }
  return (g, weights, prefix, x) => {
    const [first = x] = counted === size ? [x] : split(g, x, 2, [counted, size - counted]);
    const root = multiply(g, norm(g, first), g.scalar(counted ** -0.5));
    const scale = g.constant(`${prefix}scale`, weights.read(`${prefix}scale`, [channels]), [size]);
    return multiply(g, divide(g, x, add(g, root, g.scalar(o.eps))), scale);
  };
};

/** ESPnet's ScaleNorm: to one learned length. */
const scaled: NormClass = (cls, _channels, args) => {
  const schema = v.strictObject({ eps: v.optional(epsilon, 1e-5) });
  const o = parseOptions(`${cls}'s ScaleNorm`, schema, args);
  return (g, weights, prefix, x) => {
    const [length = 0] = weights.read(`${prefix}scale`, []);
    const factor = divide(g, g.scalar(length), clip(g, norm(g, x), { low: o.eps }));
    return multiply(g, x, factor);
  };
};

/** torch.nn.Identity, which takes any arguments. */
const identity: NormClass = () => (_g, _weights, _prefix, x) => x;

/** Euclidean norm of each frame, `[batch, frames, 1]`. */
function norm(g: GraphBuilder, x: Value): Value {
  return squareRoot(g, reduce(g, 'ReduceSumSquare', x, 2));
}

const CLASSES: Readonly<Record<string, NormClass>> = {
  LayerNorm: layer,
  BasicNorm: basic,
  RMSNorm: rootMeanSquare,
  ScaleNorm: scaled,
  Identity: identity,
};

/** Name of a class with or without its package: `LayerNorm`, `torch.nn.LayerNorm`. */
export const normClassOption = v.pipe(
  v.string(),
  v.transform((name) => name.split(/[.:]/).at(-1) ?? name),
);

/** Arguments of a norm's constructor. */
export const normArgsOption = v.optional(v.record(v.string(), v.unknown()), {});

/**
 * @throws VoiceprintError `graph/invalid` for a class or an argument that there is not.
 */
export function frameNorm(
  cls: string,
  name: string,
  channels: Size,
  args: Readonly<Record<string, unknown>>,
): FrameNorm {
  const make = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (make !== undefined) return make(cls, channels, args);
  const message = `${cls}: norm_class is ${name}: expected one of ${Object.keys(CLASSES).join(', ')}`;
  throw new VoiceprintError('graph/invalid', message);
}
