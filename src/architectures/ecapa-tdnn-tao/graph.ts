import * as v from 'valibot';
import { VoiceprintError } from '../../errors.js';
import { clip, type GraphBuilder, squareRoot, squeeze, type Value } from '../../onnx/index.js';
import type { Affine } from '../layers/affine.js';
import { readKernel } from '../layers/convolution/conv1d.js';
import { pointwise } from '../layers/convolution/padded-convolution.js';
import { uniformWeights } from '../layers/frame-weights.js';
import { attentivePooling, unbiasedContext } from '../layers/pooling/attentive-pooling.js';
import { project } from '../layers/projector.js';
import { denseAggregation } from '../layers/res2/dense-aggregation.js';
import { requireRes2 } from '../layers/res2/require-res2.js';
import { res2Bottleneck } from '../layers/res2/res2-bottleneck.js';
import { squeezeExcite } from '../layers/squeeze-excitation.js';
import type { ConfiguredModule, Port, UpstreamModule } from '../module.js';
import { parseOptions, sizeOption } from '../options.js';
import { type StateDict, sized } from '../state-dict.js';

/** Upstream is a file of that name outside any package. */
export const TAO_ECAPA_TDNN = 'TaoRuijie model.ECAPA_TDNN';

const options = v.strictObject({ C: sizeOption });

const BANDS = 80;
const SCALE = 8;
const EMBEDDING_SIZE = 192;
const CHANNELS = sized(1536, '1536');
/** Where a checkpoint of upstream's training keeps the encoder. */
const PREFIX = 'speaker_encoder.';

function configure(config: Readonly<Record<string, unknown>>): ConfiguredModule {
  const { C } = parseOptions('ECAPA_TDNN', options, config);
  requireRes2('ECAPA_TDNN', { inplanes: C, planes: C, scale: SCALE });
  const feats: Port = { name: 'feats', dtype: 'float32', shape: ['batch', 'frames', BANDS] };
  return {
    description: {
      inputs: [feats],
      outputs: [{ name: 'emb', dtype: 'float32', shape: ['batch', EMBEDDING_SIZE] }],
      minimumFrames: 1,
      finiteFrames: 2,
      frameAxis: 1,
      embeddingSize: EMBEDDING_SIZE,
      featureSize: BANDS,
    },
    build(g, weights, { args }) {
      if (args.aug === true) {
        const message = 'aug masks at random: it is for training, and the graph embeds';
        throw new VoiceprintError('graph/unsupported', message);
      }
      if (weights.has(`${PREFIX}conv1.weight`)) weights.enter(PREFIX);
      // The front end's constants: features come from outside.
      weights.skip((key) => key.startsWith('torchfbank.'));
      build(g, weights, g.input(feats.name, 'float32', feats.shape), C);
    },
  };
}

function build(g: GraphBuilder, weights: StateDict, x: Value, C: number): void {
  const weightsFor = uniformWeights(g);
  const channels = sized(C, 'C');
  const bottleneck = sized(128, 'bottleneck');
  const excite = (prefix: string, value: Affine) => {
    const layers = {
      squeeze: readKernel(weights, `${prefix}se.1`, pointwise(channels, bottleneck)),
      excite: readKernel(weights, `${prefix}se.3`, pointwise(bottleneck, channels)),
      bottleneck,
    };
    return squeezeExcite(g, weights, `${prefix}se`, value, layers, weightsFor);
  };
  const block = { inplanes: channels, planes: channels, kernelSize: sized(3, '3'), scale: SCALE };
  const value = denseAggregation(
    g,
    weights,
    '',
    { conv: 'conv1', norm: 'bn1' },
    x,
    { inputSize: sized(BANDS, '80'), ndim: channels, outputSize: CHANNELS },
    (name, input, dilation) =>
      res2Bottleneck(g, weights, name, input, { ...block, dilation }, excite),
  );
  const context = unbiasedContext(g, value, weightsFor(value), (variance) =>
    squareRoot(g, clip(g, variance, { low: 1e-4 })),
  );
  const pooled = attentivePooling(g, weights, '', value, {
    channels: CHANNELS,
    hidden: sized(256, '256'),
    keys: { first: 'attention.0', norm: 'attention.2', second: 'attention.4' },
    tanh: true,
    variance: { low: 1e-4 },
    context,
  });
  const keys = { norm: 'bn5', linear: 'fc6', outputNorm: 'bn6' };
  const embedding = project(g, weights, keys, pooled, {
    inputSize: sized(2 * CHANNELS.size, '2 * 1536'),
    outputSize: sized(EMBEDDING_SIZE, '192'),
  });
  g.output('emb', squeeze(g, embedding, 1));
}

/**
 * TaoRuijie's ECAPA-TDNN from features (upstream computes them inside the model) to the embedding.
 * Upstream: github.com/TaoRuijie/ECAPA-TDNN, model.py at 4904fda.
 */
export const taoEcapaTdnn: readonly UpstreamModule[] = [{ cls: TAO_ECAPA_TDNN, configure }];
