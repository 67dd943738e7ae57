import { VoiceprintError } from '../../errors.js';
import {
  concat,
  type Dim,
  type GraphBuilder,
  reshape,
  slice,
  squeeze,
  sum,
  type Value,
} from '../../onnx/index.js';
import type { ConfiguredModule, GraphRequest, Port, UpstreamModule } from '../module.js';
import { refuseArguments } from '../options.js';
import type { StateDict } from '../state-dict.js';
import type { StreamingPorts } from '../system.js';
import { block, stem } from './blocks/layers.js';
import { addCompensated, attendedSums, embedSums, pushChunk } from './blocks/pooling.js';
import {
  allStates,
  type CausalState,
  type CausalStates,
  causalStates,
  stateShape,
} from './blocks/states.js';
import { CAUSAL_TDNN, type CausalTdnnSizes, causalTdnnSizes } from './sizes.js';

const EMBEDDING = 'embedding';
const RECENT = 'recent';

/**
 * What a stream hands from chunk to chunk, for the constructor arguments of the class.
 *
 * @throws VoiceprintError `graph/invalid` as `buildGraph`.
 */
export function causalTdnnStreaming(config: Readonly<Record<string, unknown>>): StreamingPorts {
  const sizes = causalTdnnSizes(config);
  return {
    stack: sizes.stack,
    recent: RECENT,
    states: allStates(causalStates(sizes)).map(({ input, output, dims }) => ({
      input,
      output,
      dims: [1, ...dims],
    })),
  };
}

function portsOf(sizes: CausalTdnnSizes, states: CausalStates) {
  const port = (name: string, shape: Dim[]): Port => ({ name, dtype: 'float32', shape });
  const all = allStates(states);
  const embedding = ['batch', sizes.linNeurons.size];
  return {
    inputs: [
      port('x', ['batch', 'frames', sizes.inputSize]),
      ...all.map((state) => ({ ...port(state.input, stateShape(state)), optional: true })),
    ],
    outputs: [
      port(EMBEDDING, embedding),
      port(RECENT, embedding),
      ...all.map((state) => port(state.output, stateShape(state))),
    ],
  };
}

function configure(config: Readonly<Record<string, unknown>>): ConfiguredModule {
  const sizes = causalTdnnSizes(config);
  const states = causalStates(sizes);
  const { stack, inputSize } = sizes;
  return {
    description: {
      ...portsOf(sizes, states),
      minimumFrames: stack,
      frameAxis: 1,
      featureSize: inputSize,
      embeddingSize: sizes.linNeurons.size,
      refuse({ x }) {
        const frames = x?.[1] ?? 0;
        if (frames % stack === 0) return undefined;
        return `CausalTDNN: ${frames} frames in x are no multiple of stack (${stack}): leave out the last ${frames % stack}`;
      },
    },
    build(g, weights, request) {
      refuseArguments('CausalTDNN', request.args);
      const streams = streaming(states, request);
      const x = g.input('x', 'float32', ['batch', 'frames', inputSize]);
      const rows = reshape(
        g,
        x,
        [0, -1, sizes.stacked.size],
        ['batch', stack === 1 ? 'frames' : `frames/${stack}`, sizes.stacked.size],
      );
      if (streams) buildStream(g, weights, rows, sizes, states);
      else buildWhole(g, weights, rows, sizes);
    },
  };
}

/** Whether the states are asked for: all of them or none. */
function streaming(states: CausalStates, { inputs, outputs }: GraphRequest): boolean {
  const all = allStates(states);
  const missing = all.filter(({ input }) => !inputs.has(input)).map(({ input }) => input);
  if (missing.length === 0) return true;
  const of = new Set([RECENT, ...all.map(({ output }) => output)]);
  const asked = [...outputs].find((name) => of.has(name));
  if (missing.length === all.length && asked === undefined) return false;
  const why = asked ?? all.find(({ input }) => inputs.has(input))?.input;
  const message = `CausalTDNN: ${why} is a stream's, which has all its states as inputs; add ${missing.join(', ')}`;
  throw new VoiceprintError('graph/invalid', message);
}

/** A whole utterance, from zeros. */
function buildWhole(g: GraphBuilder, weights: StateDict, rows: Value, sizes: CausalTdnnSizes) {
  let value = stem(g, weights, rows, sizes);
  for (let i = 0; i < sizes.blocks; i++) {
    value = block(g, weights, `blocks.${i}`, value, undefined, sizes).value;
  }
  const sums = attendedSums(g, weights, value, sizes);
  g.output(EMBEDDING, squeeze(g, embedSums(g, weights, sums, sizes), 1));
}

function buildStream(
  g: GraphBuilder,
  weights: StateDict,
  rows: Value,
  sizes: CausalTdnnSizes,
  states: CausalStates,
) {
  const take = (state: CausalState) => g.input(state.input, 'float32', stateShape(state));
  let value = stem(g, weights, rows, sizes);
  for (const [i, state] of states.caches.entries()) {
    const { value: next, cache } = block(g, weights, `blocks.${i}`, value, take(state), sizes);
    value = next;
    if (cache !== undefined) g.output(state.output, cache);
  }
  const chunk = attendedSums(g, weights, value, sizes);
  const running = { sums: take(states.sums), rounding: take(states.rounding) };
  const heard = addCompensated(g, running, chunk);
  const ring = pushChunk(g, take(states.ring), chunk);
  // Both at once: a step is many small operations, and each costs more than its arithmetic.
  const both = concat(g, [heard.sums, sum(g, ring, 1)], 1);
  const embeddings = embedSums(g, weights, both, sizes);
  g.output(EMBEDDING, squeeze(g, slice(g, embeddings, 1, 0, 1), 1));
  g.output(RECENT, squeeze(g, slice(g, embeddings, 1, 1, 0), 1));
  g.output(states.sums.output, heard.sums);
  g.output(states.rounding.output, heard.rounding);
  g.output(states.ring.output, ring);
}

/**
 * The package's own causal encoder: pairs of frames, residual blocks of causal depthwise
 * convolutions, and pooling by sums, so that a chunk costs the same after an hour as at first.
 *
 * Without states the graph takes whole utterances `x` `[batch, frames, input_size]` and gives
 * `embedding` `[batch, lin_neurons]`. With all states as inputs it takes chunks and gives
 * `embedding` of everything heard and `recent` of the chunks in the ring, equal to the whole
 * however it is cut. A stream begins with zeros.
 *
 * Source: `training/causal_tdnn.py`, class `CausalTDNN`.
 */
export const causalTdnn: readonly UpstreamModule[] = [{ cls: CAUSAL_TDNN, configure }];
