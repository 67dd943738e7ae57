import {
  add,
  concat,
  type GraphBuilder,
  split,
  squareRoot,
  type Value,
} from '../../../onnx/index.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { meanOverTime, uniformWeights } from '../frame-weights.js';
import { attentivePooling, type Context, unbiasedContext } from './attentive-pooling.js';
import { ADDED_VARIANCE, statisticsPooling } from './statistics-pooling.js';

/** WeSpeaker's poolings that its ECAPA-TDNN can be made with. */
export const POOLING_NAMES = ['TAP', 'TSDP', 'TSTP', 'ASTP', 'MHASTP', 'MQMHASTP'] as const;
export type PoolingName = (typeof POOLING_NAMES)[number];

/** Bounds of variances in attentive poolings. */
const VARIANCE = { low: ADDED_VARIANCE.wespeaker };

/** Class defaults of the poolings with heads; ECAPA-TDNN hands over none of them. */
const HEADS = {
  MHASTP: { queries: 1, heads: 2, scorePerChannel: false, hidden: 64 },
  MQMHASTP: { queries: 2, heads: 8, scorePerChannel: true, hidden: 64 },
} as const;

/** Values that come out per channel that goes in. */
export function pooledPerChannel(name: PoolingName): number {
  if (name === 'TAP' || name === 'TSDP') return 1;
  return name === 'MQMHASTP' ? 2 * HEADS.MQMHASTP.queries : 2;
}

/** Fewest frames without NaN: unbiased variances need two. */
export function finiteFrames(name: PoolingName, globalContext: boolean): number {
  return name === 'TSDP' || name === 'TSTP' || (name === 'ASTP' && globalContext) ? 2 : 1;
}

/** Pools `[batch, frames, channels]` into `[batch, 1, values]`. */
export function wespeakerPooling(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  name: PoolingName,
  { channels, globalContext }: { readonly channels: Size; readonly globalContext: boolean },
): Value {
  if (name === 'MHASTP' || name === 'MQMHASTP')
    return headed(g, weights, prefix, x, name, channels);
  const attentive = (context?: Context) =>
    attentivePooling(g, weights, prefix, x, {
      channels,
      hidden: sized(128, 'bottleneck_dim'),
      keys: { first: 'linear1', second: 'linear2' },
      tanh: true,
      variance: VARIANCE,
      context,
    });
  if (name === 'ASTP' && !globalContext) return attentive();
  if (name === 'TSTP') return statisticsPooling(g, x, ADDED_VARIANCE.wespeaker);
  const frameWeights = uniformWeights(g)(x);
  if (name === 'TAP') return meanOverTime(g, x, frameWeights);
  const context = unbiasedContext(g, x, frameWeights, (variance) =>
    squareRoot(g, add(g, variance, g.scalar(ADDED_VARIANCE.wespeaker))),
  );
  return name === 'TSDP' ? context.deviation : attentive(context);
}

/** Attention of its own for each part of the channels, and that several times over. */
function headed(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  name: keyof typeof HEADS,
  channels: Size,
): Value {
  const { queries, heads, scorePerChannel, hidden } = HEADS[name];
  const width = channels.size / heads;
  const own = sized(width, `${channels.source} / ${heads}`);
  const parts = split(g, x, 2, Array<number>(heads).fill(width));
  const pooled = Array.from({ length: queries }, (_, query) => {
    const place = name === 'MQMHASTP' ? `${prefix}n_query.${query}.` : prefix;
    return parts.map((part, head) =>
      attentivePooling(g, weights, `${place}heads_att_trans.${head}.`, part, {
        channels: own,
        hidden: sized(hidden, 'bottleneck_dim'),
        scores: scorePerChannel ? own : sized(1, 'd_s'),
        keys: { first: 'att_0', second: 'att_1' },
        tanh: true,
        variance: VARIANCE,
      }),
    );
  });
  return concat(g, pooled.flat(), 2);
}
