import * as v from 'valibot';
import { VoiceprintError } from '../../errors.js';
import type { GraphBuilder, Value } from '../../onnx/index.js';
import { activationOption } from '../layers/activations.js';
import {
  carriedFrames,
  type DepthwiseSizes,
  depthwise,
  readDepthwise,
  type Streamed,
  zeroMasked,
} from '../layers/convolution/depthwise.js';
import type { ConfiguredModule, InputShapes, Port, UpstreamModule } from '../module.js';
import { dropoutOption, parseOptions, refuseArguments, sizeOption } from '../options.js';
import { type StateDict, sized } from '../state-dict.js';
import { conformerConvolution } from './blocks/conformer-convolution.js';
import { frameNorm, normArgsOption, normClassOption } from './blocks/frame-norms.js';
import { spatialGating } from './blocks/spatial-gating.js';

/** Where ESPnet keeps the convolutions of its streaming transducer encoders. */
const PACKAGE = 'espnet2.asr_transducer.encoder.modules.convolution';

const causalOption = v.optional(v.boolean(), false);

/** One of the three modules, which differ in what surrounds the convolution. */
interface StreamingModule {
  readonly cls: string;
  /** Values per frame of the input and of the output. */
  readonly width: number;
  readonly outWidth: number;
  readonly sizes: DepthwiseSizes;
  /** Whether the convolved frames meet the frames of the input, so that there must be as many. */
  readonly joinsInput: boolean;
  readonly body: (
    g: GraphBuilder,
    weights: StateDict,
    x: Value,
    mask: Value | undefined,
    cache: Value | undefined,
  ) => Streamed;
}

/** Frames that the convolution loses beyond those that zeros or the cache make up for. */
function lostFrames({ kernelSize, causal }: DepthwiseSizes): number {
  return causal ? 0 : (kernelSize.size - 1) % 2;
}

/**
 * Inputs `x`, `mask` and `cache`, outputs `y` and `cache_out`: ONNX does not let an output have the
 * name of an input.
 */
function portsOf({ width, outWidth, sizes }: StreamingModule) {
  const carried = carriedFrames(sizes);
  const lost = lostFrames(sizes);
  const channels = sizes.channels.size;
  // A convolution that is not streamed takes any cache and gives it back.
  const anything = ['cache_batch', 'cache_channels', 'cache_frames'];
  const x: Port = { name: 'x', dtype: 'float32', shape: ['batch', 'frames', width] };
  const mask: Port = { name: 'mask', dtype: 'uint8', shape: ['batch', 'frames'], optional: true };
  const cache: Port = {
    name: 'cache',
    dtype: 'float32',
    shape: carried > 0 ? ['batch', channels, 'cache_frames'] : anything,
    optional: true,
  };
  const frames = lost === 0 ? 'frames' : `frames-${lost}`;
  const y: Port = { name: 'y', dtype: 'float32', shape: ['batch', frames, outWidth] };
  const cacheOut: Port = {
    name: 'cache_out',
    dtype: 'float32',
    shape: carried > 0 ? ['batch', channels, carried] : anything,
  };
  return { x, mask, cache, y, cacheOut };
}

function streamingModule(module: StreamingModule): ConfiguredModule {
  const { cls, sizes } = module;
  const { x, mask, cache, y, cacheOut } = portsOf(module);
  return {
    description: {
      inputs: [x, mask, cache],
      outputs: [y, cacheOut],
      minimumFrames: 1 + lostFrames(sizes),
      frameAxis: 1,
      featureSize: module.width,
      refuse: (shapes) => refusal(module, shapes),
    },
    build(g, weights, { inputs, outputs, args }) {
      refuseArguments(cls, args);
      if (outputs.has(cacheOut.name) && !inputs.has(cache.name)) {
        const message = `${cls} gives ${cacheOut.name} only where it gets ${cache.name}: ask for both, and start a stream from zeros`;
        throw new VoiceprintError('graph/invalid', message);
      }
      const input = g.input(x.name, 'float32', x.shape);
      const given = (port: Port) =>
        inputs.has(port.name) ? g.input(port.name, port.dtype, port.shape) : undefined;
      const streamed = module.body(g, weights, input, given(mask), given(cache));
      g.output(y.name, streamed.value);
      if (streamed.cache !== undefined) g.output(cacheOut.name, streamed.cache);
    },
  };
}

/** Caches of another length than the kernel's are taken as far as torch takes them. */
function refusal({ cls, sizes, joinsInput }: StreamingModule, shapes: InputShapes) {
  const frames = shapes.x?.[1] ?? 0;
  const carried = carriedFrames(sizes);
  const kernelSize = sizes.kernelSize.size;
  const cached = carried > 0 ? (shapes.cache?.[2] ?? carried) : carried;
  if (carried > 0 && cached + frames < kernelSize) {
    return `${cls}: ${cached} frames in cache and ${frames} in x are fewer than kernel_size (${kernelSize}): start a stream from ${carried} frames of zeros`;
  }
  const convolved = frames + cached - carried - lostFrames(sizes);
  if (!joinsInput || convolved === frames || convolved === 1 || frames === 1) return undefined;
  return `${cls}: the convolution gives ${convolved} frames, which do not fit the ${frames} of x: give a cache of ${carried} frames, or an odd kernel_size`;
}

const depthwiseOptions = v.strictObject({
  size: sizeOption,
  kernel_size: sizeOption,
  causal: causalOption,
});

const depthwiseModule: UpstreamModule = {
  cls: `${PACKAGE}.DepthwiseConvolution`,
  configure(config) {
    const o = parseOptions('DepthwiseConvolution', depthwiseOptions, config);
    const sizes = {
      channels: sized(2 * o.size, '2 * size'),
      kernelSize: sized(o.kernel_size, 'kernel_size'),
      causal: o.causal,
    };
    return streamingModule({
      cls: 'DepthwiseConvolution',
      width: 2 * o.size,
      outWidth: 2 * o.size,
      sizes,
      joinsInput: false,
      body: (g, weights, x, mask, cache) =>
        depthwise(g, 'conv', zeroMasked(g, x, mask), cache, readDepthwise(weights, 'conv', sizes)),
    });
  },
};

const batchNormOptions = v.strictObject({
  eps: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 1e-5),
  momentum: v.nullish(v.number()),
  affine: v.optional(v.boolean(), true),
  track_running_stats: v.optional(
    v.literal(
      true,
      'without running statistics the result depends on the whole batch, and a stream has none',
    ),
    true,
  ),
});

const conformerOptions = v.strictObject({
  channels: sizeOption,
  kernel_size: sizeOption,
  // Upstream takes an instance, which prints as `ReLU()`.
  activation: v.optional(
    v.pipe(
      v.string(),
      v.transform((name) => name.replace(/\(\)$/, '')),
      activationOption,
    ),
    'ReLU',
  ),
  norm_class: v.optional(
    v.pipe(
      normClassOption,
      v.picklist(['BatchNorm1d', 'Identity'], 'expected torch.nn.BatchNorm1d or torch.nn.Identity'),
    ),
    'BatchNorm1d',
  ),
  norm_args: normArgsOption,
  causal: causalOption,
});

const conformerModule: UpstreamModule = {
  cls: `${PACKAGE}.ConformerConvolution`,
  configure(config) {
    const cls = 'ConformerConvolution';
    const o = parseOptions(cls, conformerOptions, config);
    if (o.kernel_size % 2 === 0) {
      const message = `${cls}: kernel_size is ${o.kernel_size}: upstream asserts that it is odd`;
      throw new VoiceprintError('graph/invalid', message);
    }
    const norm =
      o.norm_class === 'Identity'
        ? undefined
        : parseOptions(`${cls}'s BatchNorm1d`, batchNormOptions, o.norm_args);
    const sizes = {
      channels: sized(o.channels, 'channels'),
      kernelSize: sized(o.kernel_size, 'kernel_size'),
      causal: o.causal,
      activation: o.activation,
      norm: norm === undefined ? undefined : { epsilon: norm.eps, affine: norm.affine },
    };
    return streamingModule({
      cls,
      width: o.channels,
      outWidth: o.channels,
      sizes,
      joinsInput: false,
      body: (g, weights, x, mask, cache) => conformerConvolution(g, weights, x, mask, cache, sizes),
    });
  },
};

const gatingOptions = v.strictObject({
  size: sizeOption,
  kernel_size: sizeOption,
  norm_class: v.optional(normClassOption, 'LayerNorm'),
  norm_args: normArgsOption,
  dropout_rate: v.optional(dropoutOption, 0),
  causal: causalOption,
});

const gatingModule: UpstreamModule = {
  cls: `${PACKAGE}.ConvolutionalSpatialGatingUnit`,
  configure(config) {
    const cls = 'ConvolutionalSpatialGatingUnit';
    const o = parseOptions(cls, gatingOptions, config);
    const half = Math.floor(o.size / 2);
    const gated = o.size - half;
    // One gate fits any number of values, as torch broadcasts it.
    if (half === 0 || (gated !== half && half !== 1)) {
      const message = `${cls}: size is ${o.size}, of which half are gates for the other half: make it even`;
      throw new VoiceprintError('graph/invalid', message);
    }
    const channels = sized(half, 'size / 2');
    const sizes = {
      channels,
      kernelSize: sized(o.kernel_size, 'kernel_size'),
      causal: o.causal,
      gated,
      norm: frameNorm(cls, o.norm_class, channels, o.norm_args),
    };
    return streamingModule({
      cls,
      width: o.size,
      outWidth: gated,
      sizes,
      joinsInput: true,
      body: (g, weights, x, mask, cache) => spatialGating(g, weights, x, mask, cache, sizes),
    });
  },
};

/**
 * The convolutions of ESPnet's streaming transducer encoders (upstream:
 * espnet2/asr_transducer/encoder/modules/convolution.py). A stream hands `cache_out` of a chunk to
 * `cache` of the next one, beginning with zeros `[batch, channels, kernel_size - 1]`; any cutting
 * then equals the whole. Upstream zeroes the masked frames of the caller's own tensor; here it is
 * left alone.
 */
export const streamingConvolution: readonly UpstreamModule[] = [
  depthwiseModule,
  conformerModule,
  gatingModule,
];
