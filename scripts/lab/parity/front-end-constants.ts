import { htkMel } from '../../../src/features/recipes/espnet.js';
import { kaldiMel } from '../../../src/features/recipes/kaldi.js';
import { speechbrainMel } from '../../../src/features/recipes/speechbrain-mel.js';
import type { MelMatrix } from '../../../src/features/spectrum/mel-matrix.js';
import { hammingWindow, poveyWindow } from '../../../src/features/spectrum/windows.js';

const CONSTANTS: Readonly<Record<string, () => ArrayLike<number>>> = {
  sb_window: () => hammingWindow(400),
  sb_mel_201x80: () => speechbrainMel(201, 80, 16_000, 0, 8000, 'triangular').values,
  espnet_window: () => hammingWindow(400),
  espnet_mel_257x80: () => htkMel(257, 80, 20, 7600).values,
  kaldi_mel_80x256: () => bandsFirst(kaldiMel(512, 80, 20, 8000)),
  kaldi_mel_128x256: () => bandsFirst(kaldiMel(512, 128, 20, 8000)),
  kaldi_povey_400: () => poveyWindow(400),
  kaldi_hamming_400: () => hammingWindow(400, false),
};

/** A window or mel matrix by the name that the reference gives it; undefined for another name. */
export function frontEndConstants(name: string): ArrayLike<number> | undefined {
  return CONSTANTS[name]?.();
}

/** Kaldi's layout, `[bands, bins]`, without the Nyquist bin. */
function bandsFirst({ values, bins, bands }: MelMatrix): Float32Array {
  return Float32Array.from(
    { length: bands * (bins - 1) },
    (_, i) => values[(i % (bins - 1)) * bands + Math.floor(i / (bins - 1))] ?? 0,
  );
}
