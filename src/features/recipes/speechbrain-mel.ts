import { hzToMel, linspace, type MelMatrix, melMatrix, melToHz } from '../spectrum/mel-matrix.js';

/** Shapes of SpeechBrain's filters. */
export type FilterShape = 'triangular' | 'rectangular' | 'gaussian';

/**
 * SpeechBrain's filters (`speechbrain/processing/features.py`, `Filterbank`): symmetric in Hz, both
 * slopes as wide as the distance to the previous centre, unlike everybody else's.
 */
export function speechbrainMel(
  bins: number,
  bands: number,
  sampleRate: number,
  fMin: number,
  fMax: number,
  shape: FilterShape,
): MelMatrix {
  const round = Math.fround;
  const edges = linspace(hzToMel(fMin), hzToMel(fMax), bands + 2).map((mel) => melToHz(mel));
  // Upstream ends at `sample_rate // 2`, a whole number of Hz.
  const frequencies = linspace(0, Math.floor(sampleRate / 2), bins);
  return melMatrix(bins, bands, (bin, band) => {
    const centre = edges[band + 1] ?? 0;
    const width = round(centre - (edges[band] ?? 0));
    const distance = round((frequencies[bin] ?? 0) - centre);
    switch (shape) {
      case 'triangular': {
        const slope = round(distance / width);
        return Math.max(0, Math.min(round(slope + 1), round(1 - slope)));
      }
      case 'rectangular': {
        const frequency = frequencies[bin] ?? 0;
        return frequency >= round(centre - width) && frequency <= round(centre + width) ? 1 : 0;
      }
      case 'gaussian':
        return Math.exp(round(-0.5 * round(round(distance / round(width / 2)) ** 2)));
    }
  });
}
