import { SAMPLE_RATE } from '../limits.js';
import { centred } from '../offset.js';
import type { SpeechSegment } from '../types.js';

/** Seconds of speech in all segments. */
export function speechSecondsOf(segments: readonly SpeechSegment[]): number {
  return segments.reduce((total, { start, end }) => total + (end - start), 0);
}

/**
 * The speech alone: the segments joined end to end, the pauses cut out, an offset of the whole
 * clip taken off.
 *
 * @param samples - 16 kHz mono PCM.
 * @param segments - In order, in seconds; what lies outside `samples` is left out.
 */
export function speechOnly(
  samples: Float32Array,
  segments: readonly SpeechSegment[],
): Float32Array {
  const level = centred(samples);
  const pieces = segments.map(({ start, end }) =>
    level.subarray(
      Math.max(0, Math.round(start * SAMPLE_RATE)),
      Math.max(0, Math.round(end * SAMPLE_RATE)),
    ),
  );
  const speech = new Float32Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    speech.set(piece, offset);
    offset += piece.length;
  }
  return speech;
}
