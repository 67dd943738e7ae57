import type { Dim } from '../../../onnx/index.js';
import { carriedFrames } from '../../layers/convolution/depthwise.js';
import type { CausalTdnnSizes } from '../sizes.js';

/** A tensor that a chunk takes from the one before it. */
export interface CausalState {
  readonly input: string;
  readonly output: string;
  /** Sizes behind the batch axis; `'slots'` is how many chunks the last seconds are. */
  readonly dims: readonly (number | 'slots')[];
}

/** The states of a stream by what they are. */
export interface CausalStates {
  /** What the depthwise convolution of each block saw last. */
  readonly caches: readonly CausalState[];
  /** Sums over everything heard: of the weights, of the weighted values, of their squares. */
  readonly sums: CausalState;
  /** What the rounding of `sums` added too much, to be taken off with the next chunk. */
  readonly rounding: CausalState;
  /** The sums of the last chunks, each by itself. */
  readonly ring: CausalState;
}

export function causalStates(sizes: CausalTdnnSizes): CausalStates {
  const channels = sizes.channels.size;
  const summed = 3 * channels;
  const state = (name: string, dims: CausalState['dims'], index = ''): CausalState => ({
    input: `${name}${index}`,
    output: `${name}_out${index}`,
    dims,
  });
  const carried = carriedFrames(sizes.depthwise);
  return {
    caches: Array.from({ length: sizes.blocks }, (_, i) =>
      state('cache', [channels, carried], `.${i}`),
    ),
    sums: state('sums', [1, summed]),
    rounding: state('rounding', [1, summed]),
    ring: state('ring', ['slots', summed]),
  };
}

export function allStates({ caches, sums, rounding, ring }: CausalStates): CausalState[] {
  return [...caches, sums, rounding, ring];
}

/** Sizes of a state in the graph. */
export const stateShape = ({ dims }: CausalState): Dim[] => ['batch', ...dims];
