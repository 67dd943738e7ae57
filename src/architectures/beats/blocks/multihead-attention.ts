import * as v from 'valibot';
import { VoiceprintError } from '../../../errors.js';
import {
  add,
  cast,
  type Dim,
  type GraphBuilder,
  matMul,
  maximum,
  mean,
  pad,
  reshape,
  sizeOf,
  squeeze,
  subtract,
  transpose,
  unsqueeze,
  type Value,
} from '../../../onnx/index.js';
import type { GraphRequest, InputShapes, Port, UpstreamModule } from '../../module.js';
import { dropoutOption, parseOptions, requireMultiple, sizeOption } from '../../options.js';
import { type StateDict, sized } from '../../state-dict.js';
import {
  addBias,
  fromHeads,
  gateOf,
  hiddenKeys,
  hideKeys,
  readGate,
  scaledQuery,
  scoresOf,
  toHeads,
  weightsOf,
} from './attention.js';
import { project, readProjection } from './projection.js';
import { biasByPosition, relativePositionBias, requireBuckets } from './relative-positions.js';

const CLASS = 'MultiheadAttention';
const flag = v.optional(v.boolean(), false);

const options = v.strictObject({
  embed_dim: sizeOption,
  num_heads: sizeOption,
  kdim: v.optional(v.nullable(sizeOption), null),
  vdim: v.optional(v.nullable(sizeOption), null),
  dropout: v.optional(dropoutOption, 0),
  bias: v.optional(v.boolean(), true),
  add_bias_kv: flag,
  add_zero_attn: flag,
  self_attention: flag,
  encoder_decoder_attention: flag,
  q_noise: v.optional(v.number(), 0),
  qn_block_size: v.optional(sizeOption, 8),
  has_relative_attention_bias: flag,
  num_buckets: v.optional(sizeOption, 32),
  max_distance: v.optional(sizeOption, 128),
  gru_rel_pos: flag,
  rescale_init: flag,
});

/** Constructor arguments of BEATs' MultiheadAttention with the class's defaults. */
export type MultiheadAttentionOptions = v.InferOutput<typeof options>;

const callArguments = v.strictObject({
  need_weights: v.optional(v.boolean(), true),
  static_kv: flag,
  before_softmax: flag,
  need_head_weights: flag,
  incremental_state: v.optional(v.null(), null),
});

function sizesOf(o: MultiheadAttentionOptions) {
  return {
    embed: sized(o.embed_dim, 'embed_dim'),
    key: o.kdim === null ? sized(o.embed_dim, 'embed_dim') : sized(o.kdim, 'kdim'),
    value: o.vdim === null ? sized(o.embed_dim, 'embed_dim') : sized(o.vdim, 'vdim'),
    width: o.embed_dim / o.num_heads,
  };
}

function check(o: MultiheadAttentionOptions): void {
  requireMultiple(CLASS, 'embed_dim', o.embed_dim, 'num_heads', o.num_heads);
  const { key, value } = sizesOf(o);
  if (o.self_attention && (key.size !== o.embed_dim || value.size !== o.embed_dim)) {
    const message = `${CLASS}: self_attention needs kdim and vdim equal to embed_dim (${o.embed_dim}); leave them out`;
    throw new VoiceprintError('graph/invalid', message);
  }
  if (o.has_relative_attention_bias) {
    requireBuckets(CLASS, { numBuckets: o.num_buckets, maxDistance: o.max_distance });
  }
  if (o.q_noise <= 0) return;
  // Noise is for training alone, but the constructor asserts its block size in any case.
  for (const { size, source } of [sized(o.embed_dim, 'embed_dim'), key, value]) {
    requireMultiple(CLASS, source, size, 'qn_block_size', o.qn_block_size);
  }
}

const BATCH_HEADS = 'batch*heads';
/** Where the key is left out it is the query, and where the value is left out it is the key. */
function inputsOf(o: MultiheadAttentionOptions): Port[] {
  const { key, value } = sizesOf(o);
  const port = (name: string, dtype: Port['dtype'], shape: readonly Dim[]): Port => ({
    name,
    dtype,
    shape,
    optional: true,
  });
  return [
    { name: 'q', dtype: 'float32', shape: ['queries', 'batch', o.embed_dim] },
    // Unused values are taken at any width, as upstream does.
    port('k', 'float32', ['keys', 'batch', o.self_attention ? 'key_width' : key.size]),
    port('v', 'float32', ['values', 'value_batch', usesValue(o) ? value.size : 'value_width']),
    port('key_padding_mask', 'uint8', ['batch', 'masked_keys']),
    port('attn_mask', 'float32', ['mask_rows', 'mask_columns']),
    port('position_bias', 'float32', [BATCH_HEADS, 'queries', 'bias_keys']),
  ];
}

const usesValue = (o: MultiheadAttentionOptions) =>
  !o.self_attention && !o.encoder_decoder_attention;

function outputsOf(o: MultiheadAttentionOptions): Port[] {
  const { width } = sizesOf(o);
  const scores = [BATCH_HEADS, 'queries', 'keys'];
  const port = (name: string, shape: readonly Dim[]): Port => ({ name, dtype: 'float32', shape });
  return [
    port('attn', ['queries', 'batch', o.embed_dim]),
    port('weights', ['batch', 'queries', 'keys']),
    port('scores', scores),
    port('v_out', [BATCH_HEADS, 'keys', width]),
    port('position_bias_out', scores),
  ];
}

function refuse(o: MultiheadAttentionOptions, shapes: InputShapes): string | undefined {
  const [queries = 0, batch = 0] = shapes.q ?? [];
  const [keys = queries] = shapes.k ?? [];
  const [values = keys, valueBatch = batch] = shapes.v ?? [];
  const { key, value } = sizesOf(o);
  if (shapes.k === undefined && !o.self_attention && key.size !== o.embed_dim) {
    return `k was left out, and the query has ${o.embed_dim} values instead of kdim (${key.size}): give k`;
  }
  if (shapes.v === undefined && usesValue(o)) {
    const given = shapes.k === undefined ? o.embed_dim : key.size;
    if (given !== value.size) {
      return `v was left out, and the key has ${given} values instead of vdim (${value.size}): give v`;
    }
  }
  if (o.self_attention && keys !== queries) {
    return `k has ${keys} tokens and q has ${queries}: with self_attention they must agree`;
  }
  if (usesValue(o) && (values !== keys || valueBatch !== batch)) {
    return `v has ${values} tokens of ${valueBatch} utterances, k has ${keys} of ${batch}: they must agree`;
  }
  const [, masked = keys] = shapes.key_padding_mask ?? [];
  if (masked !== keys) return `key_padding_mask has ${masked} keys, k has ${keys}`;
  const [rows = 1, columns = 1] = shapes.attn_mask ?? [];
  const wide = columns === keys || (columns === 1 && !o.add_zero_attn);
  if (shapes.attn_mask !== undefined && !((rows === queries || rows === 1) && wide)) {
    return `attn_mask is [${rows}, ${columns}], expected [${queries}, ${keys}]`;
  }
  const [rowsOfBias = batch * o.num_heads, , biasKeys = keys] = shapes.position_bias ?? [];
  if (rowsOfBias !== batch * o.num_heads || biasKeys !== keys) {
    return `position_bias is [${shapes.position_bias}], expected [${batch * o.num_heads}, ${queries}, ${keys}]`;
  }
  return undefined;
}

type CallArguments = v.InferOutput<typeof callArguments>;

function parseCall(o: MultiheadAttentionOptions, request: GraphRequest): CallArguments {
  const args = parseOptions(`${CLASS}.forward`, callArguments, request.args);
  const invalid = (why: string) => new VoiceprintError('graph/invalid', `${CLASS}: ${why}`);
  if (o.add_bias_kv) {
    throw invalid('add_bias_kv adds a key that upstream then refuses: build without it');
  }
  const biased = o.has_relative_attention_bias || request.inputs.has('position_bias');
  if (o.add_zero_attn && biased && !args.before_softmax) {
    throw invalid('add_zero_attn adds a key for which there is no position bias: use one of both');
  }
  const given = args.before_softmax
    ? ['scores', 'v_out']
    : ['attn', ...(args.need_weights || args.need_head_weights ? ['weights'] : [])];
  if (biased) given.push('position_bias_out');
  const missing = [...request.outputs].find((name) => !given.includes(name));
  if (missing !== undefined) {
    throw invalid(`it gives no ${missing} when called so; it gives ${given.join(', ')}`);
  }
  return args;
}

/** `[batch, heads, rows, columns]` as upstream's `[batch * heads, rows, columns]`. */
function joinBatch(g: GraphBuilder, x: Value): Value {
  const [, , rows = 'rows', columns = 'columns'] = x.shape;
  // Sizes are copied or inferred, so that no shape arithmetic is left to run time.
  const last = transpose(g, x, [2, 3, 0, 1]);
  const joined = reshape(g, last, [0, 0, -1], [rows, columns, BATCH_HEADS]);
  return transpose(g, joined, [2, 0, 1]);
}

/** The other way round. */
function partBatch(g: GraphBuilder, x: Value, heads: number): Value {
  const [, rows = 'rows', columns = 'columns'] = x.shape;
  const last = transpose(g, x, [1, 2, 0]);
  const apart = reshape(g, last, [0, 0, -1, heads], [rows, columns, 'batch', heads]);
  return transpose(g, apart, [2, 3, 0, 1]);
}

function build(
  g: GraphBuilder,
  weights: StateDict,
  request: GraphRequest,
  o: MultiheadAttentionOptions,
): void {
  const args = parseCall(o, request);
  const { width } = sizesOf(o);
  const heads = o.num_heads;
  const layers = readLayers(weights, o);
  const { gate, table } = layers;

  const ports = new Map(inputsOf(o).map((port) => [port.name, port]));
  const take = (name: string) => {
    const port = ports.get(name);
    if (port === undefined || !request.inputs.has(name)) return undefined;
    return g.input(name, port.dtype, port.shape);
  };
  const batchFirst = (x: Value) => transpose(g, x, [1, 0, 2]);
  const first = take('q');
  if (first === undefined) throw new RangeError('q is required');
  const query = batchFirst(first);
  const keyInput = take('k');
  const valueInput = take('v');
  const key = keyInput === undefined || o.self_attention ? query : batchFirst(keyInput);
  const value = usesValue(o) && valueInput !== undefined ? batchFirst(valueInput) : key;

  const zeroKey = (x: Value) => (o.add_zero_attn ? pad(g, x, 1, 0, 1) : x);
  const q = toHeads(g, project(g, 'q_proj', query, scaledQuery(layers.q, width)), heads, width);
  const k = toHeads(g, zeroKey(project(g, 'k_proj', key, layers.k)), heads, width);
  const values = toHeads(g, zeroKey(project(g, 'v_proj', value, layers.v)), heads, width);

  const plain = scoresOf(g, q, k);
  const lowered = args.before_softmax ? subtract(g, plain, maximum(g, plain, 3)) : plain;
  const mask = take('attn_mask');
  const padding = take('key_padding_mask');
  const scores = maskScores(g, lowered, mask, padding, o);

  const given = take('position_bias');
  const bias =
    given !== undefined
      ? partBatch(g, given, heads)
      : table === undefined
        ? undefined
        : unsqueeze(g, relativePositionBias(g, biasOf(table, o), query, key), 0);
  if (given !== undefined) g.output('position_bias_out', given);
  else if (bias !== undefined && request.outputs.has('position_bias_out')) {
    // Upstream repeats the bias for each utterance.
    g.output('position_bias_out', joinBatch(g, add(g, zerosForBatch(g, first), bias)));
  }
  if (args.before_softmax) {
    g.output('scores', joinBatch(g, scores));
    g.output('v_out', joinBatch(g, values));
    return;
  }
  const gated = bias === undefined || gate === undefined ? undefined : gateOf(g, q, gate);
  const attention = weightsOf(
    g,
    addBias(g, scores, bias, gated),
    mask !== undefined || padding !== undefined,
  );
  const context = fromHeads(g, matMul(g, attention, values), heads, width);
  g.output('attn', batchFirst(project(g, 'out_proj', context, layers.out)));
  if (args.need_head_weights) g.output('weights', transpose(g, attention, [1, 0, 2, 3]));
  else if (args.need_weights) {
    g.output('weights', squeeze(g, mean(g, attention, 1), 1));
  }
}

/** Everything that the state dict holds. */
function readLayers(weights: StateDict, o: MultiheadAttentionOptions) {
  const { embed, key, value, width } = sizesOf(o);
  return {
    k: readProjection(weights, 'k_proj', key, embed, { bias: !o.rescale_init }),
    v: readProjection(weights, 'v_proj', value, embed, { bias: o.bias }),
    q: readProjection(weights, 'q_proj', embed, embed, { bias: o.bias }),
    out: readProjection(weights, 'out_proj', embed, embed, { bias: o.bias }),
    gate: o.gru_rel_pos ? readGate(weights, '', o.num_heads, width) : undefined,
    table: o.has_relative_attention_bias
      ? weights.read('relative_attention_bias.weight', [
          sized(o.num_buckets, 'num_buckets'),
          sized(o.num_heads, 'num_heads'),
        ])
      : undefined,
  };
}

/** Adds the mask to the scores and hides padded keys; the zero key is masked by neither. */
function maskScores(
  g: GraphBuilder,
  scores: Value,
  mask: Value | undefined,
  padding: Value | undefined,
  o: MultiheadAttentionOptions,
): Value {
  const withZeroKey = (x: Value) => (o.add_zero_attn ? pad(g, x, 1, 0, 1) : x);
  const masked = mask === undefined ? scores : add(g, scores, withZeroKey(mask));
  if (padding === undefined) return masked;
  return hideKeys(g, masked, hiddenKeys(g, withZeroKey(cast(g, padding, 'float32'))));
}

function biasOf(table: Float32Array, o: MultiheadAttentionOptions) {
  const buckets = { numBuckets: o.num_buckets, maxDistance: o.max_distance };
  return biasByPosition(table, o.num_heads, buckets);
}

/** Zeros `[batch, 1, 1, 1]` for a query `[queries, batch, features]`. */
function zerosForBatch(g: GraphBuilder, query: Value): Value {
  const inputs = [sizeOf(g, query, 1), g.integers([1, 1, 1])];
  const shape = g.node('Concat', inputs, { dtype: 'int64', shape: [4] }, { axis: 0 });
  return g.node('ConstantOfShape', [shape], { dtype: 'float32', shape: ['batch', 1, 1, 1] });
}

/**
 * BEATs' MultiheadAttention (unilm/beats/backbone.py, which espnet2/asr/encoder/beats_encoder.py
 * copies). Values are `[tokens, batch, features]`, as upstream has them.
 */
export const multiheadAttention: UpstreamModule = {
  cls: 'espnet2.asr.encoder.beats_encoder.MultiheadAttention',
  configure(config) {
    const o = parseOptions(CLASS, options, config);
    check(o);
    return {
      description: {
        inputs: inputsOf(o),
        outputs: outputsOf(o),
        minimumFrames: 1,
        frameAxis: 0,
        featureSize: o.embed_dim,
        refuse: (shapes) => refuse(o, shapes),
      },
      build: (g, weights, request) => build(g, weights, request, o),
    };
  },
};
