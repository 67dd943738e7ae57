import { type GraphBuilder, relu, squeeze, type Value } from '../../../onnx/index.js';
import { readBatchNorm } from '../../layers/batch-norm.js';
import { convolve, takeOwed } from '../../layers/convolution/conv1d.js';
import { readLinear } from '../../layers/convolution/padded-convolution.js';
import { ADDED_VARIANCE, statisticsPooling } from '../../layers/pooling/statistics-pooling.js';
import {
  finiteFrames,
  pooledPerChannel,
  wespeakerPooling,
} from '../../layers/pooling/wespeaker-pooling.js';
import { basicBlock, bottleneck, EXPANSION } from '../../layers/residual/residual-block.js';
import {
  frameSize,
  HALVED,
  layerPorts,
  type ResidualNetwork,
  residualNetwork,
} from '../../layers/residual/residual-network.js';
import type { ConfiguredModule, Port } from '../../module.js';
import { requireMultiple } from '../../options.js';
import { type StateDict, sized } from '../../state-dict.js';
import type { ResnetOptions } from './options.js';

/** What is added to the variance of `TSTP`. */
type Added = 'wespeaker' | 'none';

/** pyannote's models hold the network under this prefix. */
const HELD = 'resnet.';

/** The network with the arguments of WeSpeaker's class. */
export function encoder(o: ResnetOptions, added: Added): ConfiguredModule {
  requireMultiple('ResNet', 'feat_dim', o.feat_dim, 'what the strides halve it to', HALVED);
  const network: ResidualNetwork = {
    channels: sized(o.m_channels, 'm_channels'),
    blocks: o.num_blocks,
    expansion: EXPANSION[o.block],
    bands: o.feat_dim,
    block: o.block === 'Bottleneck' ? bottleneck : basicBlock({ shortcut: 'shortcut' }),
  };
  const port = (name: string, shape: Port['shape']): Port => ({ name, dtype: 'float32', shape });
  const x = port('x', ['batch', 'frames', o.feat_dim]);
  const pooled = frameSize(network) * pooledPerChannel(o.pooling_func);
  const embedding: Port['shape'] = ['batch', o.embed_dim];
  return {
    description: {
      inputs: [x],
      outputs: [
        port('emb', embedding),
        ...(o.two_emb_layer ? [port('emb_a', embedding)] : []),
        ...layerPorts(network),
        port('stats', ['batch', pooled]),
      ],
      minimumFrames: 1,
      finiteFrames: HALVED * (finiteFrames(o.pooling_func, false) - 1) + 1,
      frameAxis: 1,
      embeddingSize: o.embed_dim,
      featureSize: o.feat_dim,
    },
    build(g, weights) {
      if (weights.has(`${HELD}conv1.weight`)) weights.enter(HELD);
      // The classifier that the network was trained with.
      weights.skip((key) => key.startsWith('projection.'));
      const frames = residualNetwork(g, weights, '', g.input('x', 'float32', x.shape), network);
      const stats = pool(g, weights, frames, o, added);
      g.output('stats', squeeze(g, stats, 1));
      embed(g, weights, stats, o, pooled);
    },
  };
}

function pool(
  g: GraphBuilder,
  weights: StateDict,
  frames: Value,
  o: ResnetOptions,
  added: Added,
): Value {
  if (added === 'none') return statisticsPooling(g, frames, ADDED_VARIANCE.none);
  const channels = sized(Number(frames.shape[2]), 'feat_dim / 8 * channels');
  const options = { channels, globalContext: false };
  return wespeakerPooling(g, weights, 'pool.', frames, o.pooling_func, options);
}

/** `seg_1`, and behind it, where there are two, ReLU, BatchNorm and `seg_2`. */
function embed(
  g: GraphBuilder,
  weights: StateDict,
  stats: Value,
  { embed_dim, two_emb_layer }: ResnetOptions,
  pooled: number,
): void {
  const size = sized(embed_dim, 'embed_dim');
  const linear = readLinear(weights, 'seg_1', sized(pooled, 'what is pooled'), size);
  // Its rounding goes into the embedding as it is, with nothing behind that would average it.
  const first = convolve(g, 'seg_1', stats, linear, { coarsest: 'fp16' });
  if (!two_emb_layer) {
    g.output('emb', squeeze(g, first, 1));
    return;
  }
  g.output('emb_a', squeeze(g, first, 1));
  const value = relu(g, first);
  const norm = readBatchNorm(weights, 'seg_bn_1', size, { epsilon: 1e-5, affine: false });
  const second = takeOwed(readLinear(weights, 'seg_2', size, size), { value, ...norm });
  g.output('emb', squeeze(g, convolve(g, 'seg_2', value, second, { coarsest: 'fp16' }), 1));
}
