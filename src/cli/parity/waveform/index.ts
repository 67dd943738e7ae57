import { espnetBeatsFront, unilmBeatsFront } from './beats.js';
import { espnetFront } from './espnet.js';
import { speechbrainFront } from './speechbrain.js';
import { taoFront } from './tao.js';
import type { FrontOutput, WaveformFront, WaveformRun } from './types.js';

export type { FrontOutput, WaveformRun } from './types.js';

/** One for each system that takes waveforms; a new one only has to be listed. */
const fronts: readonly WaveformFront[] = [
  speechbrainFront,
  espnetFront,
  taoFront,
  unilmBeatsFront,
  espnetBeatsFront,
];

/** The front end of a class over one run; undefined where the run needs none. */
export function applyWaveformFront(cls: string, run: WaveformRun): FrontOutput | undefined {
  return fronts.find(({ classes }) => classes.includes(cls))?.apply(run);
}
