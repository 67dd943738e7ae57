import { VoiceprintError } from '../../errors.js';
import type { DecodedAudio } from './channels.js';
import { encodedRate } from './encoded-rate.js';

/**
 * Rate at which files are decoded whose own rate is not known: that of Opus, and no lower than
 * that of almost all MP3 and AAC. What is above 8 kHz is then taken out by our resampler, whose
 * low-pass is steeper than that of browsers.
 */
const DECODE_RATE = 48_000;

/**
 * Decodes a whole file with the browser's decoders.
 *
 * @throws VoiceprintError `audio/undecodable` when the browser cannot read the file, or has no
 * decoder here (workers have none: decode on the page).
 */
export async function decodeInBrowser(bytes: Uint8Array<ArrayBuffer>): Promise<DecodedAudio> {
  if (typeof OfflineAudioContext === 'undefined') {
    throw new VoiceprintError(
      'audio/undecodable',
      'there is no audio decoder here; decode on the page, not in a worker, or give samples',
    );
  }
  const context = openContext(encodedRate(bytes) ?? DECODE_RATE);
  try {
    // decodeAudioData detaches what it is given, and the caller may still need the bytes.
    const buffer = await context.decodeAudioData(bytes.slice().buffer);
    const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) =>
      buffer.getChannelData(i),
    );
    return { channels, sampleRate: buffer.sampleRate };
  } catch (cause) {
    throw new VoiceprintError(
      'audio/undecodable',
      `this browser cannot decode the audio (${bytes.byteLength} bytes); give WAV, FLAC, MP3, or Opus`,
      { cause },
    );
  }
}

function openContext(rate: number): OfflineAudioContext {
  try {
    return new OfflineAudioContext(1, 1, rate);
  } catch {
    return new OfflineAudioContext(1, 1, DECODE_RATE);
  }
}
