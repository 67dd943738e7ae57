import * as v from 'valibot';
import {
  clip,
  float,
  type GraphBuilder,
  gelu,
  leakyRelu,
  multiply,
  relu,
  sigmoid,
  subtract,
  tanh,
  unary,
  type Value,
} from '../../onnx/index.js';

/** A torch activation with its default arguments. */
export interface Activation {
  readonly name: string;
  /**
   * f(c x) = c f(x) for every c > 0: a positive factor behind it may move in front of it.
   */
  readonly homogeneous: boolean;
  readonly apply: (g: GraphBuilder, x: Value) => Value;
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** x - clip(x, -0.5, 0.5). */
const softshrink = (g: GraphBuilder, x: Value) =>
  subtract(g, x, clip(g, x, { low: -0.5, high: 0.5 }));

const table: Readonly<Record<string, Omit<Activation, 'name'>>> = {
  ReLU: { homogeneous: true, apply: relu },
  LeakyReLU: { homogeneous: true, apply: (g, x) => leakyRelu(g, x, 0.01) },
  Identity: { homogeneous: true, apply: (_, x) => x },
  Tanh: { homogeneous: false, apply: tanh },
  Sigmoid: { homogeneous: false, apply: sigmoid },
  GELU: { homogeneous: false, apply: (g, x) => gelu(g, x) },
  SiLU: { homogeneous: false, apply: (g, x) => multiply(g, x, sigmoid(g, x)) },
  Swish: { homogeneous: false, apply: (g, x) => multiply(g, x, sigmoid(g, x)) },
  ReLU6: { homogeneous: false, apply: (g, x) => clip(g, x, { low: 0, high: 6 }) },
  Hardtanh: { homogeneous: false, apply: (g, x) => clip(g, x, { low: -1, high: 1 }) },
  ELU: { homogeneous: false, apply: (g, x) => unary(g, 'Elu', x, { alpha: float(1) }) },
  CELU: { homogeneous: false, apply: (g, x) => unary(g, 'Elu', x, { alpha: float(1) }) },
  SELU: {
    homogeneous: false,
    apply: (g, x) => unary(g, 'Selu', x, { alpha: float(SELU_ALPHA), gamma: float(SELU_SCALE) }),
  },
  Softplus: { homogeneous: false, apply: (g, x) => unary(g, 'Softplus', x) },
  Softsign: { homogeneous: false, apply: (g, x) => unary(g, 'Softsign', x) },
  Softshrink: { homogeneous: false, apply: softshrink },
  Tanhshrink: { homogeneous: false, apply: (g, x) => subtract(g, x, tanh(g, x)) },
  Hardsigmoid: {
    homogeneous: false,
    apply: (g, x) => unary(g, 'HardSigmoid', x, { alpha: float(1 / 6), beta: float(0.5) }),
  },
  Hardswish: { homogeneous: false, apply: (g, x) => unary(g, 'HardSwish', x) },
  Mish: {
    homogeneous: false,
    apply: (g, x) => multiply(g, x, tanh(g, unary(g, 'Softplus', x))),
  },
  LogSigmoid: {
    homogeneous: false,
    apply: (g, x) => unary(g, 'Neg', unary(g, 'Softplus', unary(g, 'Neg', x))),
  },
};

/** Names of the activations that graphs can have. */
const ACTIVATION_NAMES = [...Object.keys(table), 'PReLU'];

const lastPart = (name: string) => name.split(/[.:]/).at(-1) ?? name;

/** `ReLU`, `torch.nn.ReLU` or `!name:torch.nn.ReLU` (as in a SpeechBrain recipe). */
export const activationOption = v.pipe(
  v.string(),
  v.transform(lastPart),
  v.check(
    (name) => ACTIVATION_NAMES.includes(name),
    `expected an activation of torch.nn: one of ${ACTIVATION_NAMES.join(', ')}`,
  ),
);

/**
 * @param slope - reads PReLU's only weight; other activations have none.
 */
export function activationNamed(name: string, slope: () => number): Activation {
  if (name === 'PReLU') {
    const alpha = slope();
    return { name, homogeneous: true, apply: (g, x) => leakyRelu(g, x, alpha) };
  }
  const activation = table[name];
  if (activation === undefined) throw new RangeError(`no activation ${name}`);
  return { name, ...activation };
}
