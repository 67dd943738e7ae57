import type decode from 'audio-decode';
import { VoiceprintError } from '../errors.js';
import type { DecodedAudio } from './channels.js';
import { importInNode } from './node-import.js';

/**
 * Decodes a whole file in Node (`audio-decode`: WAV, FLAC, MP3, Ogg Opus and Vorbis, AAC ...).
 *
 * @throws VoiceprintError `audio/undecodable` when the file cannot be read.
 */
export async function decodeFileInNode(bytes: Uint8Array<ArrayBuffer>): Promise<DecodedAudio> {
  const library = (await importInNode('audio-decode')) as { default: typeof decode };
  try {
    const { channelData, sampleRate } = await library.default(bytes);
    return { channels: channelData, sampleRate };
  } catch (cause) {
    throw new VoiceprintError(
      'audio/undecodable',
      `cannot decode the audio (${bytes.byteLength} bytes); give WAV, FLAC, MP3, Ogg Opus or AAC`,
      { cause },
    );
  }
}
