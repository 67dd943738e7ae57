import { readAiff, readAu, readCaf } from './big-endian.js';
import type { LinearLayout, WrappedAudio } from './layout.js';
import { readSphere } from './sphere.js';
import { readWave } from './wave.js';

/**
 * Reads the header of a file whose samples need no decoder: WAV and its larger kin, AIFF, CAF, AU
 * and SPHERE.
 *
 * @returns where the samples lie; what a WAV file wraps; undefined for every other kind of file.
 * @throws VoiceprintError `audio/undecodable` for a header that makes no sense, and for a codec
 * that is not read here.
 */
export function readHeader(
  bytes: Uint8Array<ArrayBuffer>,
): LinearLayout | WrappedAudio | undefined {
  return readWave(bytes) ?? readAiff(bytes) ?? readCaf(bytes) ?? readAu(bytes) ?? readSphere(bytes);
}
