import {
  add,
  conv,
  GraphBuilder,
  gemm,
  mean,
  multiply,
  squareRoot,
  squeeze,
  subtract,
  transpose,
  unary,
  unsqueeze,
  type Value,
} from '../onnx/index.js';

/** A model folder as transformers.js expects it: paths and contents. */
export type ModelFolder = Readonly<Record<string, string | Uint8Array>>;

/** Values per embedding of both tiny models. */
export const TINY_EMBEDDING = 24;

const FRAME = 400;
const HOP = 160;

/**
 * A few kilobytes with the inputs and outputs of `WavLMForXVector`: `input_values` in, `logits`
 * and `embeddings` out. The embedding is how the energy of 24 bands is spread, so that it tells
 * apart voices as different as those of a speech synthesizer.
 */
export function xVectorFolder(): ModelFolder {
  const g = new GraphBuilder({ name: 'tiny x-vector' });
  const samples = g.input('input_values', 'float32', ['batch_size', 'sequence_length']);
  const x = unsqueeze(g, samples, 1);
  const energy = add(g, band(g, x, Math.cos), band(g, x, Math.sin));
  const log = unary(g, 'Log', add(g, energy, g.scalar(1e-4)));
  const means = squeeze(g, mean(g, log, 2), 2);
  const embeddings = subtract(g, means, mean(g, means, 1));
  g.output('logits', linear(g, embeddings, TINY_EMBEDDING, 10));
  g.output('embeddings', embeddings);
  return {
    'config.json': JSON.stringify({
      architectures: ['WavLMForXVector'],
      model_type: 'wavlm',
      xvector_output_dim: TINY_EMBEDDING,
    }),
    'preprocessor_config.json': JSON.stringify({
      do_normalize: true,
      feature_extractor_type: 'Wav2Vec2FeatureExtractor',
      feature_size: 1,
      padding_value: 0,
      return_attention_mask: true,
      sampling_rate: 16_000,
    }),
    'onnx/model.onnx': g.finish(),
  };
}

/**
 * The same for WeSpeaker's ResNet: `input_features` (80 mean-normalised Kaldi bands) in, one vector
 * per utterance out as `last_hidden_state`.
 */
export function weSpeakerFolder(): ModelFolder {
  const g = new GraphBuilder({ name: 'tiny wespeaker' });
  const features = g.input('input_features', 'float32', ['batch_size', 'num_frames', 80]);
  const deviation = squareRoot(g, squeeze(g, mean(g, multiply(g, features, features), 1), 1));
  g.output('last_hidden_state', linear(g, deviation, 80, TINY_EMBEDDING));
  return {
    'config.json': JSON.stringify({ model_type: 'wespeaker-resnet' }),
    'preprocessor_config.json': JSON.stringify({
      feature_extractor_type: 'WeSpeakerFeatureExtractor',
      fbank_centering_span: null,
      min_num_frames: 9,
      num_mel_bins: 80,
      sampling_rate: 16_000,
    }),
    'onnx/model.onnx': g.finish(),
  };
}

/** Frames of hidden states, as a model without a speaker head gives them. */
export function headlessFolder(): ModelFolder {
  const g = new GraphBuilder({ name: 'tiny headless' });
  const samples = g.input('input_values', 'float32', ['batch_size', 'sequence_length']);
  const frames = band(g, unsqueeze(g, samples, 1), Math.cos);
  g.output('last_hidden_state', transpose(g, frames, [0, 2, 1]));
  return { ...xVectorFolder(), 'onnx/model.onnx': g.finish() };
}

/** Runs on WebAssembly and throws on WebGPU of onnxruntime-web 1.30: a Conv without a bias. */
export function withoutGpuFolder(): ModelFolder {
  const g = new GraphBuilder({ name: 'tiny without bias' });
  const samples = g.input('input_values', 'float32', ['batch_size', 'sequence_length']);
  const kernel = Float32Array.from({ length: 4 * FRAME }, (_, i) => Math.sin(i * 1.7));
  const weights = g.constant('kernel', kernel, [4, 1, FRAME]);
  const frames = conv(g, unsqueeze(g, samples, 1), weights, undefined, { strides: [HOP] });
  g.output('embeddings', squeeze(g, mean(g, multiply(g, frames, frames), 2), 2));
  return { ...xVectorFolder(), 'onnx/model.onnx': g.finish() };
}

/** Squared output of a bank of Hann-windowed filters, spaced evenly in log frequency. */
function band(g: GraphBuilder, x: Value, wave: (phase: number) => number): Value {
  const kernel = new Float32Array(TINY_EMBEDDING * FRAME);
  for (let i = 0; i < kernel.length; i++) {
    const t = i % FRAME;
    const hertz = 100 * 60 ** (Math.floor(i / FRAME) / TINY_EMBEDDING);
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * t) / FRAME);
    kernel[i] = (window * wave((2 * Math.PI * hertz * t) / 16_000)) / FRAME;
  }
  const weights = g.constant('bank', kernel, [TINY_EMBEDDING, 1, FRAME]);
  // WebGPU of onnxruntime-web 1.30 throws on a Conv of one input channel that has no bias.
  const zeros = g.constant('zeros', new Float32Array(TINY_EMBEDDING), [TINY_EMBEDDING]);
  const filtered = conv(g, x, weights, zeros, { strides: [HOP] });
  return multiply(g, filtered, filtered);
}

function linear(g: GraphBuilder, x: Value, inputs: number, outputs: number): Value {
  const values = Array.from({ length: inputs * outputs }, (_, i) => Math.sin(i * 1.7) / inputs);
  const bias = Array.from({ length: outputs }, () => 0.1);
  return gemm(
    g,
    x,
    g.constant('weight', values, [inputs, outputs]),
    g.constant('bias', bias, [outputs]),
  );
}
