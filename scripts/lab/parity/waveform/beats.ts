import { VoiceprintError } from '../../../../src/errors.js';
import { kaldiFbank } from '../../../../src/features/index.js';
import type { TensorValue } from '../../../../src/tensor.js';
import type { NpyArray } from '../npy.js';
import { featureBatch, featureTensor } from './feature-batch.js';
import type { FrontOutput, WaveformFront } from './types.js';

/** A mask over samples or frames, row by row; 1 = padding. */
interface Mask {
  readonly shape: readonly [number, number];
  readonly values: Uint8Array;
}

/** Statistics of the features that ESPnet's constructor takes; those of BEATs without them. */
interface Statistics {
  readonly mean: number;
  readonly std: number;
}

/** BEATs' features of a batch of waveforms, and the frames that are padding. */
function beatsFeatures(
  waves: NpyArray,
  padding: Mask | undefined,
  statistics?: Statistics,
): FrontOutput {
  const frontEnd = kaldiFbank({
    num_mel_bins: 128,
    normalization: statistics === undefined ? 'beats' : 'none',
  });
  const fbank = featureBatch(waves, frontEnd, (data) => {
    if (statistics === undefined) return;
    const { mean, std } = statistics;
    for (const [i, value] of data.entries()) data[i] = (value - mean) / (2 * std);
  });
  const tensors = { fbank: featureTensor(fbank) };
  if (padding === undefined) return { tensors, computed: { fbank } };
  const frames = framePadding(padding, fbank.shape[1]);
  const mask: TensorValue = { type: 'uint8', dims: frames.shape, data: frames.values };
  return {
    tensors: { ...tensors, frame_padding_mask: mask },
    computed: { fbank, padding_mask_frames: frames },
  };
}

/** Upstream's `forward_padding_mask`: equal runs of samples, the surplus at the end cut off. */
function framePadding({ shape: [batch, samples], values }: Mask, frames: number): Mask {
  const run = Math.floor(samples / frames);
  if (run === 0) {
    const message = `The padding mask has ${samples} samples for ${frames} frames: give one value for each sample`;
    throw new VoiceprintError('graph/invalid', message);
  }
  const all = Uint8Array.from({ length: batch * frames }, (_, i) => {
    const start = Math.floor(i / frames) * samples + (i % frames) * run;
    return values.subarray(start, start + run).every((value) => value !== 0) ? 1 : 0;
  });
  return { shape: [batch, frames], values: all };
}

/** unilm's BEATs: waveforms and a mask over their samples. */
export const unilmBeatsFront: WaveformFront = {
  classes: ['unilm beats BEATs.BEATs'],
  apply({ inputs: { wav, padding_mask: mask } }) {
    if (wav === undefined) return undefined;
    const [batch = 0, samples = 0] = mask?.shape ?? [];
    const values = mask === undefined ? undefined : Uint8Array.from(mask.values, Math.sign);
    return beatsFeatures(
      wav,
      values === undefined ? undefined : { shape: [batch, samples], values },
    );
  },
};

/** ESPnet's BeatsEncoder: waveforms and their lengths, whose mask ends with the longest. */
export const espnetBeatsFront: WaveformFront = {
  classes: ['espnet2.asr.encoder.beats_encoder.BeatsEncoder'],
  apply({ inputs: { xs_pad: waves, ilens: lengths }, ctor }) {
    if (waves === undefined || lengths === undefined) return undefined;
    const longest = Array.from(lengths.values).reduce((a, b) => Math.max(a, b), 0);
    const batch = lengths.values.length;
    const values = Uint8Array.from({ length: batch * longest }, (_, i) =>
      i % longest < (lengths.values[Math.floor(i / longest)] ?? 0) ? 0 : 1,
    );
    const { fbank_mean: mean = 15.41663, fbank_std: std = 6.55582 } = ctor;
    const own = 'fbank_mean' in ctor || 'fbank_std' in ctor;
    const statistics = own ? { mean: Number(mean), std: Number(std) } : undefined;
    return beatsFeatures(waves, { shape: [batch, longest], values }, statistics);
  },
};
