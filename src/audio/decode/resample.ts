import { turn } from '../../lifetime/turn.js';
import { openResampler } from './speex.js';

/** Input samples between two pauses: about 20 ms of work, well under a long task. */
const SAMPLES_PER_TURN = 1 << 17;

/**
 * Resamples mono audio through a windowed-sinc low-pass (Speex DSP), so that nothing above the new
 * Nyquist frequency folds back. Long audio is done in turns, so that a page stays responsive.
 *
 * @param samples - Mono PCM at `from` Hz.
 * @param from - Rate of the input in Hz.
 * @param to - Rate of the output in Hz.
 * @returns `round(samples.length * to / from)` samples; `samples` itself when the rates are equal.
 * @throws VoiceprintError `audio/invalid` for rates that are not positive numbers,
 * `backend/unavailable` when WebAssembly is not allowed here.
 */
export async function resample(
  samples: Float32Array,
  from: number,
  to: number,
): Promise<Float32Array> {
  if (from === to) return samples;
  const resampler = await openResampler(from, to);
  try {
    const output = new Float32Array(Math.round((samples.length * to) / from));
    let filled = 0;
    const keep = (part: Float32Array) => {
      const room = part.subarray(0, output.length - filled);
      output.set(room, filled);
      filled += room.length;
    };
    for (let start = 0; start < samples.length; start += SAMPLES_PER_TURN) {
      if (start > 0) await turn();
      keep(resampler.push(samples.subarray(start, start + SAMPLES_PER_TURN)));
    }
    keep(resampler.flush());
    return output;
  } finally {
    resampler.close();
  }
}
