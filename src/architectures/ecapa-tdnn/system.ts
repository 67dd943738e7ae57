import type { NamedTensors } from '../../tensor.js';
import type { ArchitectureSystem, RecognizedArchitecture } from '../system.js';
import { ECAPA_TDNN_PACKAGE } from './blocks/modules.js';
import { ecapaTdnn } from './graph.js';

const CLASS = `${ECAPA_TDNN_PACKAGE}.ECAPA_TDNN`;

const DEFAULT_DILATIONS = [1, 2, 3, 4, 1];

/** Recognizes the state dict of SpeechBrain's ECAPA_TDNN; undefined where it is none. */
function recognize(tensors: NamedTensors): RecognizedArchitecture | undefined {
  const sizeOf = (key: string, axis: number) => tensors.get(key)?.shape[axis];
  const kernel = (prefix: string, axis: number) => sizeOf(`${prefix}.conv.conv.weight`, axis);
  const first = kernel('blocks.0', 0);
  const last = kernel('mfa', 0);
  const inputSize = kernel('blocks.0', 1);
  const neurons = sizeOf('fc.conv.weight', 0);
  const attention = kernel('asp.tdnn', 0);
  const attended = kernel('asp.tdnn', 1);
  if (
    first === undefined ||
    last === undefined ||
    inputSize === undefined ||
    neurons === undefined ||
    attention === undefined ||
    attended === undefined
  ) {
    return undefined;
  }
  const notes: string[] = [];
  const channels = [first];
  const kernelSizes = [kernel('blocks.0', 2) ?? 1];
  const groups = [1];
  let scale = 1;
  let seChannels = 128;
  for (let i = 1; tensors.has(`blocks.${i}.tdnn1.conv.conv.weight`); i++) {
    const size = kernel(`blocks.${i}.tdnn1`, 0) ?? 1;
    groups.push((channels[i - 1] ?? 1) / (kernel(`blocks.${i}.tdnn1`, 1) ?? 1));
    channels.push(size);
    kernelSizes.push(kernel(`blocks.${i}.res2net_block.blocks.0`, 2) ?? 1);
    seChannels = sizeOf(`blocks.${i}.se_block.conv1.conv.weight`, 0) ?? seChannels;
    scale = 1;
    while (tensors.has(`blocks.${i}.res2net_block.blocks.${scale - 1}.conv.conv.weight`)) scale++;
  }
  if (channels.length < 2) return undefined;
  const joined = (channels.at(-1) ?? 1) * (channels.length - 1);
  groups.push(joined / (kernel('mfa', 1) ?? 1));
  channels.push(last);
  kernelSizes.push(kernel('mfa', 2) ?? 1);
  const dilations =
    channels.length === DEFAULT_DILATIONS.length
      ? DEFAULT_DILATIONS
      : [1, ...channels.slice(1, -1).map((_, i) => i + 2), 1];
  const prelu = tensors.has('blocks.0.activation.weight');

  notes.push(
    `dilations assumed to be [${dilations.join(', ')}]${channels.length === 5 ? ', the class default' : ''}`,
    `input_size ${inputSize} assumes groups[0] = 1`,
  );
  if (!prelu) notes.push('activation assumed to be ReLU, the class default');
  if (scale === 1) notes.push('res2net_scale is 1, so kernel_sizes of the inner blocks are unused');
  const config = {
    input_size: inputSize,
    lin_neurons: neurons,
    ...(prelu ? { activation: 'PReLU' } : {}),
    channels,
    kernel_sizes: kernelSizes,
    dilations: [...dilations],
    attention_channels: attention,
    res2net_scale: scale,
    se_channels: seChannels,
    global_context: attended === 3 * last,
    groups,
  };
  return { architecture: 'ecapa-tdnn', class: CLASS, config, notes };
}

/** SpeechBrain's ECAPA-TDNN. */
export const ecapaTdnnSystem: ArchitectureSystem = {
  modules: ecapaTdnn,
  recognize,
  encoders: [
    {
      name: 'ecapa-tdnn',
      class: CLASS,
      // 3D-Speaker's ECAPA has the very same keys, and Kaldi's features; SpeechBrain's mel-spec ECAPA a third.
      otherFrontEnds: ['kaldi', 'mel-spec', 'wespeaker', 'espnet'],
      frontEnd: ({ input_size = 80 }) => ({
        recipe: 'speechbrain',
        parameters: { n_mels: input_size, normalization: 'sentence-mean' },
      }),
    },
  ],
};
