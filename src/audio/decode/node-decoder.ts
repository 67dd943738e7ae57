import { VoiceprintError } from '../../errors.js';
import type { DecodedAudio } from './channels.js';

/**
 * Decodes a whole file in Node (`audio-decode`: WAV, FLAC, MP3, Ogg Opus and Vorbis, AAC ...).
 *
 * @throws VoiceprintError `audio/undecodable` when the file cannot be read.
 */
export async function decodeFileInNode(bytes: Uint8Array<ArrayBuffer>): Promise<DecodedAudio> {
  try {
    // Builds for pages leave this package out: browsers bring their own decoders.
    const { default: decode } = await import('audio-decode');
    const { channelData, sampleRate } = await decode(bytes);
    // A file that breaks off in its header decodes to nothing, without an error.
    if (channelData.length > 0) return { channels: channelData, sampleRate };
  } catch (cause) {
    throw undecodable(bytes, cause);
  }
  throw undecodable(bytes, 'the decoder gave no audio');
}

function undecodable(bytes: Uint8Array, cause: unknown): VoiceprintError {
  return new VoiceprintError(
    'audio/undecodable',
    `cannot decode the audio (${bytes.byteLength} bytes); give WAV, FLAC, MP3, Ogg Opus or AAC`,
    { cause },
  );
}
