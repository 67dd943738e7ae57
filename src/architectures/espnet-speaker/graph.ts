import * as v from 'valibot';
import { VoiceprintError } from '../../errors.js';
import { type Dim, type GraphBuilder, squeeze, transpose, type Value } from '../../onnx/index.js';
import { PROJECTORS, type ProjectorName, project } from '../layers/projector.js';
import type { ConfiguredModule, Port, UpstreamModule } from '../module.js';
import { parseOptions, sizeOption } from '../options.js';
import { type Size, type StateDict, sized } from '../state-dict.js';
import { channelAttentivePooling } from './blocks/channel-attentive-pooling.js';
import { espnetEcapaEncoder } from './blocks/ecapa-encoder.js';
import {
  espnetEcapaSizes,
  espnetSpeakerBlocks,
  poolingOptions,
  projectorOptions,
} from './blocks/modules.js';
import { skaTdnnEncoder } from './ska-tdnn/encoder.js';
import { HALF_FRAMES, skaTdnnSizes } from './ska-tdnn/graph.js';

const conf = v.optional(v.record(v.string(), v.unknown()), {});
const inert = v.optional(v.unknown());

/** A recipe's own names of classes, and what it may leave out. */
const options = v.strictObject({
  frontend: v.optional(v.nullable(v.literal('melspec_torch'))),
  frontend_conf: conf,
  /** Values per frame where there is no front end. */
  input_size: v.optional(v.nullable(sizeOption)),
  encoder: v.picklist(['SkaTdnnEncoder', 'ska_tdnn', 'EcapaTdnnEncoder', 'ecapa_tdnn']),
  encoder_conf: conf,
  pooling: v.optional(v.picklist(['chn_attn_stat', 'ChnAttnStatPooling']), 'chn_attn_stat'),
  pooling_conf: conf,
  projector: v.optional(
    v.nullable(v.picklist(['SkaTdnnProjector', 'ska_tdnn', 'RawNet3Projector', 'rawnet3'])),
  ),
  projector_conf: conf,
  normalize: v.optional(v.null()),
  normalize_conf: inert,
  specaug: inert,
  specaug_conf: inert,
  preprocessor: inert,
  preprocessor_conf: inert,
  model_conf: inert,
  loss: inert,
  loss_conf: inert,
});

const frontEndOptions = v.looseObject({ n_mels: v.optional(sizeOption, 80) });

/** An encoder as the model needs it. */
interface Encoder {
  /** Values per frame, with the name of the option that tells. */
  readonly outputSize: Size;
  readonly frames: Dim;
  /** Fewest feature frames of which two are left for the pooling's unbiased variance. */
  readonly finiteFrames: number;
  readonly build: (g: GraphBuilder, weights: StateDict, x: Value) => Value;
}

function encoderOf(name: string, config: Readonly<Record<string, unknown>>): Encoder {
  if (name === 'EcapaTdnnEncoder' || name === 'ecapa_tdnn') {
    const sizes = espnetEcapaSizes(config);
    return {
      outputSize: sizes.outputSize,
      frames: 'frames',
      finiteFrames: 2,
      build: (g, weights, x) => espnetEcapaEncoder(g, weights, 'encoder.', x, sizes),
    };
  }
  const sizes = skaTdnnSizes(config);
  return {
    outputSize: sizes.outputSize,
    frames: HALF_FRAMES,
    finiteFrames: 3,
    build: (g, weights, x) => skaTdnnEncoder(g, weights, 'encoder.', x, sizes).value,
  };
}

function projectorNamed(name: string): ProjectorName {
  return name === 'SkaTdnnProjector' || name === 'ska_tdnn'
    ? 'SkaTdnnProjector'
    : 'RawNet3Projector';
}

function configure(config: Readonly<Record<string, unknown>>): ConfiguredModule {
  const o = parseOptions('ESPnetSpeakerModel', options, config);
  const bands =
    o.frontend === 'melspec_torch'
      ? parseOptions('MelSpectrogramTorch', frontEndOptions, o.frontend_conf).n_mels
      : o.input_size;
  if (bands === undefined || bands === null) {
    const message = 'ESPnetSpeakerModel needs the option frontend, or input_size without one';
    throw new VoiceprintError('graph/invalid', message);
  }
  const encoder = encoderOf(o.encoder, { input_size: bands, ...o.encoder_conf });
  const channels = encoder.outputSize.size;
  const pooling = parseOptions('ChnAttnStatPooling', poolingOptions, {
    input_size: channels,
    ...o.pooling_conf,
  });
  const projector =
    o.projector === undefined || o.projector === null ? undefined : projectorNamed(o.projector);
  const projected =
    projector === undefined
      ? undefined
      : parseOptions(projector, projectorOptions, {
          input_size: 2 * channels,
          ...o.projector_conf,
        });
  const embeddingSize = projected?.output_size ?? 2 * channels;
  const port = (name: string, shape: Port['shape']): Port => ({ name, dtype: 'float32', shape });
  const feats = port('feats', ['batch', 'frames', bands]);
  return {
    description: {
      inputs: [feats],
      outputs: [
        port('emb', ['batch', embeddingSize]),
        port('enc', ['batch', channels, encoder.frames]),
        port('pool', ['batch', 2 * channels]),
      ],
      minimumFrames: 1,
      finiteFrames: encoder.finiteFrames,
      frameAxis: 1,
      embeddingSize,
      featureSize: bands,
    },
    build(g, weights) {
      // The rest of a whole-model checkpoint (front end, loss) does not make the embedding.
      weights.skip((key) => !/^(encoder|pooling|projector)\./.test(key));
      const features = g.input(feats.name, 'float32', feats.shape);
      const encoded = encoder.build(g, weights, features);
      g.output('enc', transpose(g, encoded, [0, 2, 1]));
      const pooled = channelAttentivePooling(g, weights, 'pooling.', encoded, {
        inputSize: encoder.outputSize,
        hiddenSize: sized(pooling.hidden_size, 'pooling_conf.hidden_size'),
      });
      g.output('pool', squeeze(g, pooled, 1));
      const embedding =
        projector === undefined
          ? pooled
          : project(g, weights, PROJECTORS[projector]('projector.'), pooled, {
              inputSize: sized(2 * channels, '2 * encoder_conf.output_size'),
              outputSize: sized(embeddingSize, 'projector_conf.output_size'),
            });
      g.output('emb', squeeze(g, embedding, 1));
    },
  };
}

/** Dotted name of ESPnet's whole speaker model. */
export const ESPNET_SPEAKER_MODEL = 'espnet2.spk.espnet_model.ESPnetSpeakerModel';

/**
 * ESPnet's whole speaker model from features to the embedding (`extract_embd=True`), with the keys
 * of its checkpoint (`encoder.`, `pooling.`, `projector.`, others are ignored), and its parts.
 * Upstream: espnet2/spk/espnet_model.py.
 */
export const espnetSpeaker: readonly UpstreamModule[] = [
  { cls: ESPNET_SPEAKER_MODEL, configure },
  ...espnetSpeakerBlocks,
];
