import type { NamedTensors } from '../../tensor.js';
import { countKeys, type RecognizedArchitecture } from '../system.js';
import { ESPNET_SPEAKER_MODEL } from './graph.js';

/** What the published recipe has and no tensor tells. */
const RECIPE_FRONT_END = { log: true, hop_length: 160, f_min: 20, f_max: 7600, normalize: 'mn' };

interface Part {
  readonly name: string;
  readonly conf: Record<string, unknown>;
}

/** Recognizes a whole speaker model of ESPnet with an SKA-TDNN or ECAPA-TDNN encoder. */
export function recognizeEspnetSpeaker(tensors: NamedTensors): RecognizedArchitecture | undefined {
  const sizeOf = (key: string, axis: number) => tensors.get(key)?.shape[axis];
  const hidden = sizeOf('pooling.attention.0.weight', 0);
  const outputSize = sizeOf('encoder.layer4.weight', 0);
  if (hidden === undefined || outputSize === undefined) return undefined;
  const ska = skaTdnn(tensors, outputSize);
  const found = ska ?? ecapaTdnn(tensors, outputSize);
  if (found === undefined) return undefined;
  const { inputSize, encoder } = found;
  const notes: string[] = [];
  const config = {
    ...frontEnd(tensors, inputSize, notes),
    encoder: encoder.name,
    encoder_conf: encoder.conf,
    pooling: 'chn_attn_stat',
    pooling_conf: hidden === 128 ? {} : { hidden_size: hidden },
    ...projector(tensors),
  };
  const architecture = ska === undefined ? 'ecapa-tdnn-espnet' : 'ska-tdnn';
  return { architecture, class: ESPNET_SPEAKER_MODEL, config, notes };
}

function skaTdnn(tensors: NamedTensors, output_size: number) {
  const sizeOf = (key: string, axis: number) => tensors.get(key)?.shape[axis];
  const skaDim = sizeOf('encoder.frt_conv1.weight', 0);
  const ndim = sizeOf('encoder.conv1.weight', 0);
  const rows = sizeOf('encoder.conv1.weight', 1);
  if (skaDim === undefined || ndim === undefined || rows === undefined) return undefined;
  const scale = countKeys(tensors, 'encoder.layer1.skconvs.', '.0.conv.weight') + 1;
  const conf = { ndim, model_scale: scale, ska_dim: skaDim, output_size };
  const encoder: Part = { name: 'SkaTdnnEncoder', conf };
  return { inputSize: Math.round((4 * rows) / skaDim), encoder };
}

function ecapaTdnn(tensors: NamedTensors, output_size: number) {
  const shape = tensors.get('encoder.conv.weight')?.shape;
  const [ndim, inputSize] = shape ?? [];
  const scale = countKeys(tensors, 'encoder.layer1.convs.', '.weight') + 1;
  if (ndim === undefined || inputSize === undefined || scale === 1) return undefined;
  const encoder: Part = {
    name: 'EcapaTdnnEncoder',
    conf: { ndim, model_scale: scale, output_size },
  };
  return { inputSize, encoder };
}

function projector(tensors: NamedTensors): Record<string, unknown> {
  const outputSize = tensors.get('projector.fc.weight')?.shape[0];
  if (outputSize === undefined) return { projector: null };
  const name = tensors.has('projector.bn2.weight') ? 'SkaTdnnProjector' : 'RawNet3Projector';
  return { projector: name, projector_conf: { output_size: outputSize } };
}

function frontEnd(
  tensors: NamedTensors,
  inputSize: number,
  notes: string[],
): Record<string, unknown> {
  const own = [...tensors.keys()].filter((key) => key.startsWith('frontend.'));
  const [bins, bands] = tensors.get('frontend.transform.mel_scale.fb')?.shape ?? [];
  if (own.length > 0 && bands === undefined) {
    notes.push(`the front end (${own[0]}, ...) is not MelSpectrogramTorch: features must be given`);
    return { frontend: null, input_size: inputSize };
  }
  const window = tensors.get('frontend.transform.spectrogram.window')?.shape[0];
  notes.push(
    own.length === 0
      ? 'frontend_conf assumed to be that of the published recipe: the checkpoint holds no front end'
      : `frontend_conf: ${Object.keys(RECIPE_FRONT_END).join(', ')} assumed to be those of the published recipe`,
  );
  return {
    frontend: 'melspec_torch',
    frontend_conf: {
      preemp: own.length === 0 || tensors.has('frontend.flipped_filter'),
      n_fft: bins === undefined ? 512 : 2 * (bins - 1),
      win_length: window ?? 400,
      n_mels: bands ?? inputSize,
      ...RECIPE_FRONT_END,
    },
  };
}
