import { VoiceprintError } from '../../errors.js';
import type { NamedTensors } from '../../tensor.js';
import { type ArchitectureSystem, countKeys, type RecognizedArchitecture } from '../system.js';
import { causalTdnn, causalTdnnStreaming } from './graph.js';
import { CAUSAL_TDNN } from './sizes.js';

/** Recognizes the state dict of CausalTDNN; undefined where it is none. */
function recognize(tensors: NamedTensors): RecognizedArchitecture | undefined {
  const [channels, stacked] = tensors.get('stem.conv.weight')?.shape ?? [];
  const kernelSize = tensors.get('blocks.0.depthwise.weight')?.shape[2];
  const attention = tensors.get('pooling.attention1.weight')?.shape[0];
  const neurons = tensors.get('fc.weight')?.shape[0];
  if (
    channels === undefined ||
    stacked === undefined ||
    kernelSize === undefined ||
    attention === undefined ||
    neurons === undefined
  ) {
    return undefined;
  }
  const stack = stacked % 2 === 0 ? 2 : 1;
  const config = {
    input_size: stacked / stack,
    stack,
    channels,
    blocks: countKeys(tensors, 'blocks.', '.depthwise.weight'),
    kernel_size: kernelSize,
    attention_channels: attention,
    lin_neurons: neurons,
  };
  const notes = [`stack assumed to be ${stack}, so input_size is ${config.input_size}`];
  return { architecture: 'causal-tdnn', class: CAUSAL_TDNN, config, notes };
}

/** The package's own causal encoder. */
export const causalTdnnSystem: ArchitectureSystem = {
  modules: causalTdnn,
  recognize,
  encoders: [
    {
      name: 'causal-tdnn',
      class: CAUSAL_TDNN,
      frontEnd: () => {
        throw new VoiceprintError(
          'model/unsupported',
          'the features of a CausalTDNN need the mean of its training speech, which the checkpoint does not hold; give "features" with its running_mean in a configuration',
        );
      },
      streaming: causalTdnnStreaming,
    },
  ],
};
