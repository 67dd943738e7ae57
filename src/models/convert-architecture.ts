import { causalTdnnStreaming } from '../architectures/causal-tdnn/graph.js';
import { VoiceprintError } from '../errors.js';
import type { Manifest, ManifestStreaming } from './manifest.js';

/** A published system that checkpoints are converted from. */
export interface ArchitectureEntry {
  /** As its paper names it; also the value of `--architecture`. */
  readonly name: string;
  /** The upstream class that `name` stands for. */
  readonly class: string;
  /** The features that upstream trains it on, by its constructor arguments. */
  readonly frontEnd: (config: Readonly<Record<string, unknown>>) => Manifest['frontEnd'];
  /**
   * The output that is the embedding.
   * @default the graph's first
   */
  readonly output?: string;
  /** How the graph is run chunk by chunk; undefined where it needs the whole utterance. */
  readonly streaming?: (config: Readonly<Record<string, unknown>>) => ManifestStreaming;
}

/**
 * BEATs gives tokens and no vector: the embedding is their mean, as is usual for encoders that were
 * not trained on speakers.
 */
const beats = (upstream: string): ArchitectureEntry => ({
  name: 'beats',
  class: upstream,
  frontEnd: ({ fbank_mean, fbank_std }) => {
    if (fbank_mean !== undefined || fbank_std !== undefined) {
      throw new VoiceprintError(
        'model/unsupported',
        'fbank_mean and fbank_std are given: no front end here normalizes by others than those of BEATs; leave them out',
      );
    }
    return { recipe: 'kaldi', parameters: { num_mel_bins: 128, normalization: 'beats' } };
  },
  output: 'embedding',
});

/** What `voiceprint convert` knows by name. */
export const ARCHITECTURES: readonly ArchitectureEntry[] = [
  {
    name: 'ecapa-tdnn',
    class: 'speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN',
    frontEnd: ({ input_size = 80 }) => ({
      recipe: 'speechbrain',
      parameters: { n_mels: input_size, normalization: 'sentence-mean' },
    }),
  },
  {
    name: 'ska-tdnn',
    class: 'espnet2.spk.espnet_model.ESPnetSpeakerModel',
    frontEnd: espnetFrontEnd,
  },
  {
    name: 'ecapa-tdnn-espnet',
    class: 'espnet2.spk.espnet_model.ESPnetSpeakerModel',
    frontEnd: espnetFrontEnd,
  },
  {
    name: 'ecapa-tdnn-wespeaker',
    class: 'wespeaker.models.ecapa_tdnn.ECAPA_TDNN',
    frontEnd: ({ feat_dim = 80 }) => ({
      recipe: 'kaldi',
      parameters: { num_mel_bins: feat_dim, window_type: 'hamming', normalization: 'mean' },
    }),
  },
  {
    name: 'ecapa-tdnn-tao',
    class: 'TaoRuijie model.ECAPA_TDNN',
    // Upstream's own front end, of which ESPnet's is a copy.
    frontEnd: () => ({ recipe: 'espnet', parameters: { n_mels: 80, log: true, normalize: 'mn' } }),
  },
  {
    name: 'causal-tdnn',
    class: 'voiceprint_web.CausalTDNN',
    frontEnd: () => {
      throw new VoiceprintError(
        'model/unsupported',
        'the features of a CausalTDNN need the mean of its training speech, which the checkpoint does not hold; give "features" with its running_mean in --config',
      );
    },
    streaming: (config) => {
      const { stack, recent, states } = causalTdnnStreaming(config);
      return {
        stack,
        recent,
        states: states.map((state) => ({ ...state, dims: [...state.dims] })),
      };
    },
  },
  beats('unilm beats BEATs.BEATs'),
  beats('espnet2.asr.encoder.beats_encoder.BeatsEncoder'),
];

/** Defaults of the class MelSpectrogramTorch where they are not those of the recipe. */
const ESPNET_CLASS_DEFAULTS = { log: false, normalize: null };

function espnetFrontEnd({
  frontend,
  frontend_conf,
}: Readonly<Record<string, unknown>>): Manifest['frontEnd'] {
  if (frontend !== 'melspec_torch') {
    throw new VoiceprintError(
      'model/unsupported',
      'the model was not trained on MelSpectrogramTorch: no front end here computes its features; give "frontend": "melspec_torch" and its "frontend_conf" in --config if it was',
    );
  }
  const given = typeof frontend_conf === 'object' && frontend_conf !== null ? frontend_conf : {};
  return { recipe: 'espnet', parameters: { ...ESPNET_CLASS_DEFAULTS, ...given } };
}

/**
 * Finds an architecture by its name or by an upstream class.
 *
 * @param likelyClass - decides where a name stands for several classes.
 * @throws VoiceprintError `model/unsupported` with the names there are.
 */
export function findArchitecture(nameOrClass: string, likelyClass?: string): ArchitectureEntry {
  const entries = ARCHITECTURES.filter(
    ({ name, class: upstream }) =>
      nameOrClass === name ||
      nameOrClass === upstream ||
      nameOrClass === upstream.split('.').at(-1),
  );
  const entry = entries.find((each) => each.class === likelyClass) ?? entries[0];
  if (entry !== undefined) return entry;
  const known = [...new Set(ARCHITECTURES.map(({ name }) => name))].join(', ');
  throw new VoiceprintError(
    'model/unsupported',
    `the architecture "${nameOrClass}" is not known; use one of: ${known}`,
  );
}
