import { VoiceprintError } from '../../errors.js';
import type { DecodedAudio } from './channels.js';
import type { EncodedFile } from './decode-file.js';
import { type DecodeEncoded, decodeWith, undecodable } from './decode-file.js';
import { CODECS } from './encoded/codecs.js';

/**
 * Rate at which files are decoded whose own rate is not known: that of Opus, and no lower than
 * that of almost all MP3 and AAC. What is above 8 kHz is then taken out by our resampler, whose
 * low-pass is steeper than that of browsers.
 */
const DECODE_RATE = 48_000;

/**
 * Decodes in a page what needs a decoder: with the browser's own, which cost no download, where the
 * file says how long it is. What the browser refuses, and files that may turn out endless, go to
 * the decoders that Node uses, which are loaded when the first such file comes.
 *
 * @throws VoiceprintError `audio/undecodable` when nobody can read the file, or the browser has no
 * decoder here (workers have none: decode on the page), `audio/too-long`, `aborted`.
 */
export const decodeEncodedInBrowser: DecodeEncoded = async (file, limits) => {
  const codec = file.kind === undefined ? undefined : CODECS[file.kind];
  const endless = codec !== undefined && file.length === undefined;
  if (typeof OfflineAudioContext === 'undefined' || endless) {
    if (codec !== undefined) return decodeWith(codec, file.bytes, limits);
    throw new VoiceprintError(
      'audio/undecodable',
      'there is no audio decoder here; decode on the page, not in a worker, or give samples',
    );
  }
  try {
    return await decodeByBrowser(file);
  } catch (cause) {
    if (codec !== undefined) return decodeWith(codec, file.bytes, limits);
    throw undecodable(file.bytes, cause);
  }
};

async function decodeByBrowser({ bytes, kind, length }: EncodedFile): Promise<DecodedAudio> {
  // Only at its own rate does a file come out untouched; an MP4 does not say it where it is looked for.
  const rate = kind === 'mp4' ? DECODE_RATE : (length?.sampleRate ?? DECODE_RATE);
  const context = openContext(rate);
  // decodeAudioData detaches what it is given, and the caller may still need the bytes.
  const buffer = await context.decodeAudioData(bytes.slice().buffer);
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) =>
    buffer.getChannelData(i),
  );
  return { channels, sampleRate: buffer.sampleRate };
}

function openContext(rate: number): OfflineAudioContext {
  try {
    return new OfflineAudioContext(1, 1, rate);
  } catch {
    return new OfflineAudioContext(1, 1, DECODE_RATE);
  }
}
