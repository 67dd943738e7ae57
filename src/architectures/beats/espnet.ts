import * as v from 'valibot';
import { VoiceprintError } from '../../errors.js';
import type { GraphBuilder, Value } from '../../onnx/index.js';
import type { UpstreamModule } from '../module.js';
import { countOption, parseOptions, refuseArguments, sizeOption } from '../options.js';
import { type StateDict, sized } from '../state-dict.js';
import type { Encoded } from './blocks/encoder.js';
import { type BeatsConfig, parseBeatsConfig } from './config.js';
import { buildTokens, describeBeats, tokenCounts, weightedSum } from './graph.js';

const CLASS = 'BeatsEncoder';
const object = v.record(v.string(), v.unknown());
const unsupported = (what: string) => `expected ${what}: the rest is not built here`;

const options = v.strictObject({
  input_size: v.optional(v.nullable(countOption), null),
  beats_ckpt_path: v.optional(v.nullable(v.string()), null),
  max_layer: v.optional(v.nullable(v.pipe(v.number(), v.integer())), null),
  downsampling_rate: v.optional(sizeOption, 1),
  adapter_config: v.optional(v.literal('', unsupported('no adapter ("")')), ''),
  use_weighted_representation: v.optional(v.boolean(), false),
  beats_config: v.optional(v.nullable(object), null),
  specaug_config: v.optional(v.nullable(object), null),
  add_positional_information: v.optional(v.literal(false, unsupported('false')), false),
  max_positions: v.optional(v.nullable(countOption), null),
  fbank_mean: v.optional(v.number(), 15.41663),
  fbank_std: v.optional(v.number(), 6.55582),
  roll_augment: v.optional(v.boolean(), false),
  roll_interval: v.optional(countOption, 1600),
  is_pretraining: v.optional(v.nullable(v.literal(false, unsupported('false'))), false),
});

type BeatsEncoderOptions = v.InferOutput<typeof options>;

/** Python rounds halves to even. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** How many layers upstream's `layer_results` holds up to `max_layer`; negative counts from the end. */
function lastResult(o: BeatsEncoderOptions, c: BeatsConfig): number | undefined {
  if (o.max_layer === null) return o.use_weighted_representation ? c.encoder_layers - 1 : undefined;
  const results = c.encoder_layers + 1;
  const index = o.max_layer < 0 ? results + o.max_layer : o.max_layer;
  const fits = index >= 0 && index < results;
  if (fits && !(o.use_weighted_representation && o.max_layer < 0)) return index;
  const message = `${CLASS}: max_layer is ${o.max_layer}, and there are ${c.encoder_layers} layers: give 0 to ${c.encoder_layers}`;
  throw new VoiceprintError('graph/invalid', message);
}

function choose(
  g: GraphBuilder,
  weights: StateDict,
  { input, layers, output }: Encoded,
  last: number | undefined,
  weighted: boolean,
): Value {
  // Asked for a layer, upstream's encoder leaves out the last LayerNorm of layer_norm_first.
  if (last === undefined) return output;
  const results = [input, ...layers].slice(0, last + 1);
  if (!weighted) return results[last] ?? output;
  const shape = [sized(last + 1, 'max_layer + 1'), sized(1, 'layer_weights')];
  return weightedSum(g, results, weights.read('layer_weights', shape));
}

/**
 * The state dict of ESPnet's whole model holds the encoder under `encoder.`, where the encoder's own
 * keys begin with `encoder.` again: the patches tell which of both a checkpoint is.
 */
function enterEncoder(weights: StateDict): void {
  if (weights.has('encoder.patch_embedding.weight')) weights.enter('encoder.');
  // Convolutions of ones for masks, in later versions; and unilm's head, which ESPnet does not load.
  const unneeded = ['patch_embedding_pad.', 'raw2fbank_pad.', 'predictor.'];
  weights.skip((key) => unneeded.some((prefix) => key.startsWith(prefix)));
}

/**
 * ESPnet's BeatsEncoder (espnet2/asr/encoder/beats_encoder.py, with the `all` rule for padding that
 * its documentation describes) behind its features. SpecAugment and rolling are of training; the
 * adapter, learned positions and pre-training are not built.
 */
export const espnetBeats: UpstreamModule = {
  cls: 'espnet2.asr.encoder.beats_encoder.BeatsEncoder',
  configure(config) {
    const o = parseOptions(CLASS, options, config);
    const c = parseBeatsConfig(`${CLASS}: beats_config`, o.beats_config ?? {}, 'espnet');
    const last = lastResult(o, c);
    const stride = o.downsampling_rate;
    const kernel = roundHalfEven(1.5 * stride);
    const downsample = stride > 1 ? { kernel, stride } : undefined;
    return {
      description: describeBeats(c, downsample, [
        { name: 'y', dtype: 'float32', shape: ['batch', 'steps', c.encoder_embed_dim] },
        { name: 'output_lens', dtype: 'int64', shape: ['batch'] },
      ]),
      build(g, weights, request) {
        refuseArguments(CLASS, request.args);
        enterEncoder(weights);
        const tokens = buildTokens(g, weights, request, c, {
          choose: (_, __, encoded) =>
            choose(g, weights, encoded, last, o.use_weighted_representation),
          ...(downsample === undefined ? {} : { downsample }),
        });
        g.output('y', tokens.tokens);
        g.output('output_lens', tokenCounts(g, tokens));
      },
    };
  },
};
