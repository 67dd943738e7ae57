import { VoiceprintError } from '../../errors.js';
import type { FrontEndSpec } from '../../features/index.js';
import type { NamedTensors } from '../../tensor.js';
import {
  type ArchitectureSystem,
  countKeys,
  type EncoderEntry,
  type RecognizedArchitecture,
} from '../system.js';
import { ESPNET_SPEAKER_MODEL, espnetSpeaker } from './graph.js';
import { skaTdnn } from './ska-tdnn/graph.js';

/** What the published recipe has and no tensor tells. */
const RECIPE_FRONT_END = { log: true, hop_length: 160, f_min: 20, f_max: 7600, normalize: 'mn' };

interface Part {
  readonly name: string;
  readonly conf: Record<string, unknown>;
}

/** Recognizes a whole speaker model of ESPnet with an SKA-TDNN or ECAPA-TDNN encoder. */
function recognize(tensors: NamedTensors): RecognizedArchitecture | undefined {
  const sizeOf = (key: string, axis: number) => tensors.get(key)?.shape[axis];
  const hidden = sizeOf('pooling.attention.0.weight', 0);
  const outputSize = sizeOf('encoder.layer4.weight', 0);
  if (hidden === undefined || outputSize === undefined) return undefined;
  const ska = skaTdnnEncoder(tensors, outputSize);
  const found = ska ?? ecapaTdnnEncoder(tensors, outputSize);
  if (found === undefined) return undefined;
  const { inputSize, encoder } = found;
  const notes: string[] = [];
  const config = {
    ...frontEndOptions(tensors, inputSize, notes),
    encoder: encoder.name,
    encoder_conf: encoder.conf,
    pooling: 'chn_attn_stat',
    pooling_conf: hidden === 128 ? {} : { hidden_size: hidden },
    ...projector(tensors),
  };
  const architecture = ska === undefined ? 'ecapa-tdnn-espnet' : 'ska-tdnn';
  return { architecture, class: ESPNET_SPEAKER_MODEL, config, notes };
}

function skaTdnnEncoder(tensors: NamedTensors, output_size: number) {
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

function ecapaTdnnEncoder(tensors: NamedTensors, output_size: number) {
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

function frontEndOptions(
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

/** Defaults of the class MelSpectrogramTorch where they are not those of the recipe. */
const CLASS_DEFAULTS = { log: false, normalize: null };

function frontEnd({ frontend, frontend_conf }: Readonly<Record<string, unknown>>): FrontEndSpec {
  if (frontend !== 'melspec_torch') {
    throw new VoiceprintError(
      'model/unsupported',
      'the model was not trained on MelSpectrogramTorch: no front end here computes its features; give "frontend": "melspec_torch" and its "frontend_conf" in a configuration if it was',
    );
  }
  const given = typeof frontend_conf === 'object' && frontend_conf !== null ? frontend_conf : {};
  return { recipe: 'espnet', parameters: { ...CLASS_DEFAULTS, ...given } };
}

const speakerModel = (name: string): EncoderEntry => ({
  name,
  class: ESPNET_SPEAKER_MODEL,
  frontEnd,
});

/** ESPnet's speaker models: SKA-TDNN and ECAPA-TDNN encoders, with their parts. */
export const espnetSpeakerSystem: ArchitectureSystem = {
  modules: [...espnetSpeaker, ...skaTdnn],
  recognize,
  encoders: [speakerModel('ska-tdnn'), speakerModel('ecapa-tdnn-espnet')],
};
