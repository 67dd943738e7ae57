import {
  type Dim,
  type GraphBuilder,
  relu,
  reshape,
  squeeze,
  transpose,
  unsqueeze,
  type Value,
} from '../../onnx/index.js';
import { readBatchNorm } from '../layers/batch-norm.js';
import { convolve, takeOwed } from '../layers/convolution/conv1d.js';
import { conv2dNorm, convolve2d, readKernel2d } from '../layers/convolution/conv2d.js';
import { readLinear } from '../layers/convolution/padded-convolution.js';
import type { ConfiguredModule, Port } from '../module.js';
import { type Size, type StateDict, sized } from '../state-dict.js';
import { attentionalFusion } from './blocks/attentional-fusion.js';
import {
  outChannelsOf,
  type Res2BlockSizes,
  type Res2Widths,
  res2Block,
} from './blocks/res2-block.js';

/** Stages of blocks, which no argument changes. */
const STRIDES = [1, 2, 2, 2];
/** Frequency is halved three times. */
export const HALVED_FEATURES = 8;

/** A map that a shallower one is brought to the size of and fused with. */
export interface Fusion {
  /** Key of the convolution that halves the shallower map. */
  readonly halve: string;
  /** Key of the fusion, of which the intermediate output has the name behind `fuse`. */
  readonly fuse: string;
  /** The name of what comes out. */
  readonly shown: string;
  /** Which layer's output is the deeper map, from 0; the shallower is what was fused before it. */
  readonly into: number;
}

/** What a network is made with, whichever project it is of. */
export interface Settings extends Res2Widths {
  readonly features: number;
  readonly channels: number;
  /** Blocks of each of the four layers. */
  readonly blocks: readonly number[];
  readonly firstApart: boolean;
  readonly fusions: readonly Fusion[];
  readonly embedding: Size;
  readonly twoEmbeddings: boolean;
  readonly pooling: Pooling;
}

/** How frames become one, of `[batch, frames, channels]`. */
export interface Pooling {
  readonly perChannel: number;
  readonly finiteFrames: number;
  readonly pool: (g: GraphBuilder, weights: StateDict, x: Value, channels: Size) => Value;
}

const outputChannels = (s: Settings, layer: number) =>
  outChannelsOf({ planes: s.channels * 2 ** layer, expansion: s.expansion });

/** Frames that a pooling sees, and from how many they come: three halvings, rounded up. */
const framesBefore = (pooled: number) => (pooled - 1) * HALVED_FEATURES + 1;

/** Inputs and outputs of a network. */
export function describe(s: Settings): ConfiguredModule['description'] {
  const port = (name: string, shape: Port['shape']): Port => ({ name, dtype: 'float32', shape });
  let frames: Dim = 'frames';
  const layers = STRIDES.map((stride, i) => {
    if (stride > 1) frames = `(${frames}-1)/2+1`;
    const channels = outputChannels(s, i).size;
    return port(`layer${i + 1}`, ['batch', channels, s.features / 2 ** i, frames]);
  });
  const fused = s.fusions.map(({ shown, into }) =>
    port(shown, layers[into]?.shape ?? ['batch', 'channels', 'frequencies', 'frames']),
  );
  return {
    inputs: [port('x', ['batch', 'frames', s.features])],
    outputs: [
      port('emb', ['batch', s.embedding.size]),
      ...layers,
      ...fused,
      port('stats', ['batch', pooledRows(s) * s.pooling.perChannel]),
    ],
    minimumFrames: 1,
    finiteFrames: framesBefore(s.pooling.finiteFrames),
    frameAxis: 1,
    embeddingSize: s.embedding.size,
    featureSize: s.features,
  };
}

/** Values of a frame that the pooling sees. */
function pooledRows(s: Settings): number {
  return (outputChannels(s, 3).size * s.features) / HALVED_FEATURES;
}

/** The graph, its inputs and outputs included. */
export function build(g: GraphBuilder, weights: StateDict, s: Settings): void {
  // The classifier of WeSpeaker's training.
  weights.skip((key) => key.startsWith('projection.'));
  const x = g.input('x', 'float32', ['batch', 'frames', s.features]);
  const image = unsqueeze(g, transpose(g, x, [0, 2, 1]), 1);
  const layers = buildLayers(g, weights, image, s);
  for (const [i, value] of layers.entries()) g.output(`layer${i + 1}`, value);
  const fused = fuse(g, weights, layers, s);
  const rows = pooledRows(s);
  const flat = reshape(g, fused, [0, rows, -1], [x.shape[0] ?? 'batch', rows, frameDim(fused)]);
  const channels = sized(rows, 'feat_dim / 8 * channels of layer4');
  const stats = s.pooling.pool(g, weights, transpose(g, flat, [0, 2, 1]), channels);
  g.output('stats', squeeze(g, stats, 1));
  g.output('emb', squeeze(g, embed(g, weights, stats, channels, s), 1));
}

const frameDim = ({ shape }: Value): Dim => shape[3] ?? 'frames';

/** The stem and the four layers; the outputs of the latter. */
function buildLayers(g: GraphBuilder, weights: StateDict, image: Value, s: Settings): Value[] {
  let channels = sized(s.channels, 'm_channels');
  const stem = { inChannels: sized(1, '1'), outChannels: channels, kernelSize: sized(3, '3') };
  let value = relu(
    g,
    conv2dNorm(g, weights, { conv: 'conv1', norm: 'bn1' }, image, {
      ...stem,
      padding: 1,
      bias: false,
    }),
  );
  return STRIDES.map((stride, layer) => {
    const join: Res2BlockSizes['join'] = layer < 2 ? 'sum' : 'fusion';
    for (let i = 0; i < (s.blocks[layer] ?? 0); i++) {
      const { baseWidth, scale, expansion } = s;
      const sizes: Res2BlockSizes = {
        baseWidth,
        scale,
        expansion,
        inChannels: channels,
        planes: s.channels * 2 ** layer,
        stride: i === 0 ? stride : 1,
        join,
        firstApart: s.firstApart && join === 'fusion',
      };
      value = res2Block(g, weights, `layer${layer + 1}.${i}.`, value, sizes);
      channels = outputChannels(s, layer);
    }
    return value;
  });
}

/** What the pooling sees: fused maps go into further fusions, never into the next layer. */
function fuse(g: GraphBuilder, weights: StateDict, layers: readonly Value[], s: Settings): Value {
  let fused: Value | undefined;
  for (const { halve, fuse: place, shown, into } of s.fusions) {
    const shallow = fused ?? layers[into - 1];
    const deep = layers[into];
    if (shallow === undefined || deep === undefined) throw new RangeError(`no layer ${into}`);
    const channels = outputChannels(s, into);
    const sizes = {
      inChannels: outputChannels(s, into - 1),
      outChannels: channels,
      kernelSize: sized(3, '3'),
      padding: 1,
      strides: [2, 2],
      bias: false,
    } as const;
    const halved = convolve2d(g, halve, shallow, readKernel2d(weights, halve, sizes));
    const maps = { first: deep, second: halved };
    fused = attentionalFusion(g, weights, `${place}.`, maps, channels);
    g.output(shown, fused);
  }
  if (fused === undefined) throw new RangeError('no fusion');
  return fused;
}

/** `seg_1` and, where there are two embeddings, the second from the first. */
function embed(
  g: GraphBuilder,
  weights: StateDict,
  stats: Value,
  channels: Size,
  { embedding, twoEmbeddings, pooling }: Settings,
): Value {
  const pooled = sized(channels.size * pooling.perChannel, 'what is pooled');
  // Its rounding goes into the embedding as it is, with nothing behind that would average it.
  const options = { coarsest: 'fp16' } as const;
  const first = convolve(
    g,
    'seg_1',
    stats,
    readLinear(weights, 'seg_1', pooled, embedding),
    options,
  );
  if (!twoEmbeddings) return first;
  const norm = readBatchNorm(weights, 'seg_bn_1', embedding, { epsilon: 1e-5, affine: false });
  const value = relu(g, first);
  const second = readLinear(weights, 'seg_2', embedding, embedding);
  return convolve(g, 'seg_2', value, takeOwed(second, { value, ...norm }), options);
}
