import { espnetBeatsFront, unilmBeatsFront } from './beats.js';
import { encoderFront } from './encoder.js';
import { espnetFront } from './espnet.js';
import { speechbrainFront } from './speechbrain.js';
import { taoFront } from './tao.js';
import type { FrontOutput, WaveformFront, WaveformRun } from './types.js';

export type { FrontOutput, WaveformRun } from './types.js';

/** Systems whose cases give more than `wav`: lengths, masks, or arguments of the front end. */
const fronts: readonly WaveformFront[] = [
  speechbrainFront,
  espnetFront,
  taoFront,
  unilmBeatsFront,
  espnetBeatsFront,
];

/** The front end of a class over one run; undefined where the run needs none. */
export function applyWaveformFront(cls: string, run: WaveformRun): FrontOutput | undefined {
  const front = fronts.find(({ classes }) => classes.includes(cls)) ?? encoderFront(cls);
  return front.apply(run);
}
