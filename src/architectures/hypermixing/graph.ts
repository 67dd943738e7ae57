import * as v from 'valibot';
import { VoiceprintError } from '../../errors.js';
import type { Port, UpstreamModule } from '../module.js';
import { parseOptions, refuseArguments, requireMultiple, sizeOption } from '../options.js';
import { sized } from '../state-dict.js';
import { hyperMixing } from './blocks/hyper-mixing.js';
import { hyperNetwork } from './blocks/hyper-network.js';
import {
  dividedSize,
  type ParallelMlpsSizes,
  parallelMlps,
  toHeads,
} from './blocks/parallel-mlps.js';

/** Where SpeechBrain keeps HyperMixing. */
const PACKAGE = 'speechbrain.nnet.hypermixing';

const flag = v.optional(v.boolean(), false);
const tokensOf = (width: number): Port => ({
  name: 'x',
  dtype: 'float32',
  shape: ['batch', 'tokens', width],
});
const KEY_PADDING_MASK: Port = {
  name: 'key_padding_mask',
  dtype: 'uint8',
  shape: ['batch', 'tokens'],
  optional: true,
};

interface MlpsOptions {
  readonly input: readonly [name: string, size: number];
  readonly hidden: readonly [name: string, size: number];
  readonly output: readonly [name: string, size: number];
  readonly count: readonly [name: string, size: number];
  readonly keepOutputSize: boolean;
}

/**
 * Checks divisibility as ParallelMLPs asserts it: that of the output even where it is kept whole.
 * @throws VoiceprintError `graph/invalid`
 */
function mlpsSizes(cls: string, options: MlpsOptions): ParallelMlpsSizes {
  const { input, hidden, output, keepOutputSize } = options;
  const [countName, count] = options.count;
  for (const [name, size] of [input, output, hidden]) {
    requireMultiple(cls, name, size, countName, count);
  }
  const mlps = sized(count, countName);
  const part = ([name, size]: readonly [string, number]) => dividedSize(size, name, mlps);
  return {
    mlps,
    inputSize: part(input),
    hiddenSize: part(hidden),
    outputSize: keepOutputSize ? sized(output[1], output[0]) : part(output),
  };
}

const mlpsOptions = v.strictObject({
  input_size: sizeOption,
  hidden_size: sizeOption,
  output_size: v.nullish(sizeOption),
  num_mlps: v.optional(sizeOption, 1),
  keep_output_size: v.optional(v.boolean(), true),
});

const parallelMlpsModule: UpstreamModule = {
  cls: `${PACKAGE}.ParallelMLPs`,
  configure(config) {
    const o = parseOptions('ParallelMLPs', mlpsOptions, config);
    const sizes = mlpsSizes('ParallelMLPs', {
      input: ['input_size', o.input_size],
      hidden: ['hidden_size', o.hidden_size],
      output: ['output_size', o.output_size ?? o.input_size],
      count: ['num_mlps', o.num_mlps],
      keepOutputSize: o.keep_output_size,
    });
    const x = tokensOf(o.input_size);
    const shape = ['batch', o.num_mlps, 'tokens', sizes.outputSize.size];
    return {
      description: {
        inputs: [x],
        outputs: [{ name: 'y', dtype: 'float32', shape }],
        minimumFrames: 1,
        frameAxis: 1,
        featureSize: o.input_size,
      },
      build(g, weights, { args }) {
        refuseArguments('ParallelMLPs', args);
        const input = g.input(x.name, 'float32', x.shape);
        const heads = toHeads(g, input, o.num_mlps, sizes.inputSize.size);
        g.output('y', parallelMlps(g, weights, '', heads, sizes));
      },
    };
  },
};

const networkOptions = v.strictObject({
  input_output_dim: sizeOption,
  hypernet_size: sizeOption,
  tied: flag,
  num_heads: v.optional(sizeOption, 1),
  keep_output_size: v.optional(v.boolean(), true),
});

/** Sizes of the generators, which are as wide inside as outside. */
function networkSizes(
  cls: string,
  o: {
    readonly input_output_dim: number;
    readonly hypernet_size: number;
    readonly num_heads: number;
  },
  keepOutputSize: boolean,
): ParallelMlpsSizes {
  return mlpsSizes(cls, {
    input: ['input_output_dim', o.input_output_dim],
    hidden: ['input_output_dim', o.input_output_dim],
    output: ['hypernet_size', o.hypernet_size],
    count: ['num_heads', o.num_heads],
    keepOutputSize,
  });
}

const hyperNetworkModule: UpstreamModule = {
  cls: `${PACKAGE}.HyperNetwork`,
  configure(config) {
    const o = parseOptions('HyperNetwork', networkOptions, config);
    const sizes = {
      ...networkSizes('HyperNetwork', o, o.keep_output_size),
      tied: o.tied,
    };
    const x = tokensOf(o.input_output_dim);
    const shape = ['batch', o.num_heads, 'tokens', sizes.outputSize.size];
    return {
      description: {
        inputs: [x],
        outputs: [
          { name: 'w1', dtype: 'float32', shape },
          { name: 'w2', dtype: 'float32', shape },
        ],
        minimumFrames: 1,
        frameAxis: 1,
        featureSize: o.input_output_dim,
      },
      build(g, weights, { args }) {
        refuseArguments('HyperNetwork', args);
        const input = g.input(x.name, 'float32', x.shape);
        const heads = toHeads(g, input, o.num_heads, sizes.inputSize.size);
        const { w1, w2 } = hyperNetwork(g, weights, '', heads, sizes);
        g.output('w1', w1);
        g.output('w2', w2);
      },
    };
  },
};

const mixingOptions = v.strictObject({
  input_output_dim: sizeOption,
  hypernet_size: sizeOption,
  tied: flag,
  num_heads: v.optional(sizeOption, 1),
  fix_tm_hidden_size: flag,
  max_length: v.optional(sizeOption, 3000),
});

const hyperMixingModule: UpstreamModule = {
  cls: `${PACKAGE}.HyperMixing`,
  configure(config) {
    const o = parseOptions('HyperMixing', mixingOptions, config);
    if (o.input_output_dim % 2 === 1) {
      const message = `HyperMixing: input_output_dim is ${o.input_output_dim}, but sine and cosine positions come in pairs: make it even`;
      throw new VoiceprintError('graph/invalid', message);
    }
    const sizes = {
      ...networkSizes('HyperMixing', o, o.fix_tm_hidden_size),
      tied: o.tied,
      width: sized(o.input_output_dim, 'input_output_dim'),
      maxLength: sized(o.max_length, 'max_length'),
    };
    const x = tokensOf(o.input_output_dim);
    return {
      description: {
        inputs: [x, KEY_PADDING_MASK],
        outputs: [{ ...x, name: 'y' }],
        minimumFrames: 1,
        maximumFrames: o.max_length,
        frameAxis: 1,
        featureSize: o.input_output_dim,
      },
      build(g, weights, { inputs, args }) {
        refuseArguments('HyperMixing', args, ['return_attn_weights']);
        const input = g.input(x.name, 'float32', x.shape);
        const mask = inputs.has(KEY_PADDING_MASK.name)
          ? g.input(KEY_PADDING_MASK.name, 'uint8', KEY_PADDING_MASK.shape)
          : undefined;
        g.output('y', hyperMixing(g, weights, input, mask, sizes));
      },
    };
  },
};

/**
 * SpeechBrain's multi-head HyperMixing (Mai et al., "HyperConformer", Interspeech 2023,
 * https://arxiv.org/abs/2305.18281; Mai et al., "HyperMixer", ACL 2023,
 * https://arxiv.org/abs/2203.03691; upstream: speechbrain/nnet/hypermixing.py at 9c826ef) and its
 * parts. What upstream's `forward` takes and does not use (`key`, `value`, `attn_mask`,
 * `pos_embs`) is no input here; its second result, which is all zeros, is no output.
 */
export const hyperMixingModules: readonly UpstreamModule[] = [
  hyperMixingModule,
  hyperNetworkModule,
  parallelMlpsModule,
];
