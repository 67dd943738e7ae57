import {
  add,
  GraphBuilder as Builder,
  concat,
  type GraphBuilder,
  gather,
  matMul,
  multiply,
  type Precision,
  pad,
  relu,
  reshape,
  sigmoid,
  slice,
  squareRoot,
  type Value,
  withDim,
} from '../../../src/onnx/index.js';
import type { Weight, Weights } from './weights.js';

/** Samples of one frame with the context before it. */
const FRAME = 64 + 512;
/** Samples that upstream reflects behind a frame (`stft.padding`). */
const REFLECTED = 64;
const HOP = 128;
const WINDOW = 2 * HOP;
const BINS = 129;
const UNITS = 128;

/**
 * Silero VAD v5 at 16 kHz for any number of frames in one run: windows, the short Fourier transform
 * and the four convolutions are matrix products over all frames at once; only the LSTM goes from
 * frame to frame. What it computes is upstream's graph (`silero_vad_v5.onnx`, branch of `sr` =
 * 16000), frame by frame.
 *
 * Inputs: `frames` [frames, 576], `hidden` and `cell` [1, 1, 128]; outputs: `probability`
 * [frames, 1] and the states after the last frame, `hiddenN` and `cellN`.
 */
export function buildDetector(weights: Weights, precision: Precision): Uint8Array {
  const g = new Builder({ name: 'silero-vad-16k', precision, wasmOnly: true });
  const frames = g.input('frames', 'float32', ['frames', FRAME]);
  const hidden = g.input('hidden', 'float32', [1, 1, UNITS]);
  const cell = g.input('cell', 'float32', [1, 1, UNITS]);

  let x = magnitudes(g, frames, weights('stft.forward_basis_buffer'));
  for (const [i, stride] of [1, 2, 2, 1].entries()) x = encoderLayer(g, x, weights, i, stride);
  const last = recur(g, x, hidden, cell, weights);
  const out = weights('decoder.decoder.2.weight');
  const logits = matMul(g, relu(g, last.output), g.weight('decoder', out.data, [UNITS, 1], 1));
  const bias = g.constant('decoder.bias', weights('decoder.decoder.2.bias').data, [1]);
  g.output('probability', sigmoid(g, add(g, logits, bias)));
  g.output('hiddenN', last.hidden);
  g.output('cellN', last.cell);
  return g.finish();
}

/**
 * `[frames, 576]` to `[frames, 4, 129]`: four windows of 256 samples, a hop of 128 apart. The last
 * window reaches 64 samples over the end, where upstream reflects: instead of the samples, the rows
 * of its matrix are folded back. That matrix is computed once, when a session is made.
 */
function magnitudes(g: GraphBuilder, frames: Value, basis: Weight): Value {
  const matrix = transposed(g, 'stft', basis.data, 2 * BINS, WINDOW);
  const inside = WINDOW - REFLECTED;
  const over = Array.from({ length: REFLECTED }, (_, i) => WINDOW - 1 - i);
  const folded = pad(g, gather(g, matrix, g.integers(over), 0), 0, inside - 1 - REFLECTED, 1);
  const last = add(g, slice(g, matrix, 0, 0, REFLECTED), folded);
  const hops = reshape(g, slice(g, frames, 1, 0, FRAME - 4 * HOP), [0, 4, HOP], ['frames', 4, HOP]);
  const whole = concat(g, [slice(g, hops, 1, 0, 1), slice(g, hops, 1, 1, 0)], 2);
  const end = slice(g, frames, 1, FRAME - inside, 0);
  const spectrum = concat(
    g,
    [
      matMul(g, whole, matrix),
      reshape(g, matMul(g, end, last), [0, 1, 2 * BINS], ['frames', 1, 2 * BINS]),
    ],
    1,
  );
  const power = multiply(g, spectrum, spectrum);
  return squareRoot(g, add(g, slice(g, power, 2, 0, BINS), slice(g, power, 2, BINS, 0)));
}

/** Convolution over time (kernel 3, one zero on either side) and ReLU, `[frames, time, channels]`. */
function encoderLayer(
  g: GraphBuilder,
  x: Value,
  weights: Weights,
  index: number,
  stride: number,
): Value {
  const kernel = weights(`encoder.${index}.reparam_conv.weight`);
  const bias = weights(`encoder.${index}.reparam_conv.bias`).data;
  const [outputs = 0, inputs = 0] = kernel.shape;
  const time = Number(x.shape[1]);
  const steps = Math.floor((time - 1) / stride) + 1;
  // Where every step of the output sees the same taps and no others, the zeros cost nothing.
  const taps = [0, 1, 2].filter((tap) =>
    Array.from({ length: steps }, (_, t) => t * stride + tap - 1).some((t) => t >= 0 && t < time),
  );
  const shifted = taps.map((tap) => shift(g, x, tap - 1, stride, steps));
  const matrix = new Float32Array(taps.length * inputs * outputs);
  for (const [place, tap] of taps.entries()) {
    for (let c = 0; c < inputs; c++) {
      for (let o = 0; o < outputs; o++) {
        matrix[(place * inputs + c) * outputs + o] = kernel.data[(o * inputs + c) * 3 + tap] ?? 0;
      }
    }
  }
  const joined = concat(g, shifted, 2);
  const product = matMul(
    g,
    joined,
    g.weight(`encoder.${index}`, matrix, [taps.length * inputs, outputs], 1),
  );
  const added = add(g, product, g.constant(`encoder.${index}.bias`, bias, [outputs]));
  return relu(g, added);
}

/** The frames at `t * stride + offset`, zeros where there are none. */
function shift(g: GraphBuilder, x: Value, offset: number, stride: number, steps: number): Value {
  const time = Number(x.shape[1]);
  const wanted = Array.from({ length: steps }, (_, t) => t * stride + offset);
  if (wanted.every((t) => t >= 0 && t < time)) {
    const whole = steps === time;
    return whole ? x : gather(g, x, g.integers(wanted), 1);
  }
  const inside = wanted.map((t) => (t >= 0 && t < time ? t : 0));
  const picked = gather(g, x, g.integers(inside), 1);
  const mask = wanted.map((t) => (t >= 0 && t < time ? 1 : 0));
  return multiply(g, picked, g.constant('inside', mask, [1, steps, 1]));
}

/** The LSTM over frames; PyTorch orders its gates input, forget, cell, output, ONNX input, output, forget, cell. */
function recur(
  g: GraphBuilder,
  x: Value,
  hidden: Value,
  cell: Value,
  weights: Weights,
): { readonly output: Value; readonly hidden: Value; readonly cell: Value } {
  const gates = (data: Float32Array, width: number) => {
    const ordered = new Float32Array(data.length);
    for (const [to, from] of [0, 3, 1, 2].entries()) {
      const size = UNITS * width;
      ordered.set(data.subarray(from * size, (from + 1) * size), to * size);
    }
    return ordered;
  };
  const matrix = (name: string) =>
    g.weight(name, gates(weights(`decoder.rnn.${name}`).data, UNITS), [1, 4 * UNITS, UNITS], 1);
  const bias = new Float32Array(8 * UNITS);
  bias.set(gates(weights('decoder.rnn.bias_ih').data, 1));
  bias.set(gates(weights('decoder.rnn.bias_hh').data, 1), 4 * UNITS);
  const sequence = reshape(g, x, [-1, 1, UNITS], ['frames', 1, UNITS]);
  const state = { dtype: 'float32', shape: [1, 1, UNITS] } as const;
  const [y, hiddenN, cellN] = g.nodeWithOutputs(
    'LSTM',
    [
      sequence,
      matrix('weight_ih'),
      matrix('weight_hh'),
      g.constant('bias', bias, [1, 8 * UNITS]),
      undefined,
      hidden,
      cell,
    ],
    [{ dtype: 'float32', shape: ['frames', 1, 1, UNITS] }, state, state],
    { hidden_size: UNITS },
  );
  if (y === undefined || hiddenN === undefined || cellN === undefined) {
    throw new Error('the LSTM has three outputs');
  }
  const output = reshape(g, y, [-1, UNITS], withDim(['frames', UNITS], 1, UNITS));
  return { output, hidden: hiddenN, cell: cellN };
}

/** A matrix given row by row as `[rows, columns]`, stored the other way round. */
function transposed(
  g: GraphBuilder,
  hint: string,
  data: Float32Array,
  rows: number,
  columns: number,
): Value {
  const turned = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) turned[c * rows + r] = data[r * columns + c] ?? 0;
  }
  return g.weight(hint, turned, [columns, rows], 1);
}
