import { hzToMel, linspace, type MelMatrix, melMatrix, melToHz } from './mel-matrix.js';

/** The mel scales of torchaudio. */
export const MEL_SCALES = ['htk', 'slaney'] as const;

/** `'slaney'` is linear up to 1 kHz and logarithmic above. */
export type MelScale = (typeof MEL_SCALES)[number];

/** What a filter bank of torchaudio is made of. */
export interface TorchaudioMel {
  /** Of the power spectrum: half the points of the transform, and one. */
  readonly bins: number;
  readonly bands: number;
  /** In Hz. */
  readonly sampleRate: number;
  /** In Hz. */
  readonly fMin: number;
  /** In Hz. */
  readonly fMax: number;
  /** @default 'htk' */
  readonly scale?: MelScale;
  /** `'slaney'` divides every triangle by its width. @default null */
  readonly norm?: 'slaney' | null;
}

const { fround } = Math;
const LINEAR_HZ = 200 / 3;
const LOG_FROM_HZ = 1000;
const LOG_FROM_MEL = LOG_FROM_HZ / LINEAR_HZ;
const LOG_STEP = Math.log(6.4) / 27;

function hzToSlaney(hz: number): number {
  return hz < LOG_FROM_HZ ? hz / LINEAR_HZ : LOG_FROM_MEL + Math.log(hz / LOG_FROM_HZ) / LOG_STEP;
}

/** On a float32 tensor, as upstream. */
function slaneyToHz(mel: number): number {
  if (mel < LOG_FROM_MEL) return fround(LINEAR_HZ * mel);
  return fround(LOG_FROM_HZ * fround(Math.exp(fround(LOG_STEP * fround(mel - LOG_FROM_MEL)))));
}

/** `torchaudio.functional.melscale_fbanks`, step by step in float32. */
export function torchaudioMel(of: TorchaudioMel): MelMatrix {
  const { bins, bands, sampleRate, fMin, fMax, scale = 'htk', norm = null } = of;
  const [toMel, toHz] = scale === 'htk' ? [hzToMel, melToHz] : [hzToSlaney, slaneyToHz];
  const edges = linspace(toMel(fMin), toMel(fMax), bands + 2).map(toHz);
  const frequencies = linspace(0, Math.floor(sampleRate / 2), bins);
  return melMatrix(bins, bands, (bin, band) => {
    const frequency = frequencies[bin] ?? 0;
    const left = edges[band] ?? 0;
    const centre = edges[band + 1] ?? 0;
    const right = edges[band + 2] ?? 0;
    const rise = fround(fround(frequency - left) / fround(centre - left));
    const fall = fround(fround(right - frequency) / fround(right - centre));
    const height = Math.max(0, Math.min(rise, fall));
    return norm === null ? height : height * fround(2 / fround(right - left));
  });
}
