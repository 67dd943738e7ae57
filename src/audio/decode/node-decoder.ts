import { type DecodeEncoded, decodeWith } from './decode-file.js';
import { CODECS } from './encoded/codecs.js';
import type { EncodedKind } from './encoded/encoded-kind.js';
import type { OpenDecoder } from './encoded/piece-decoder.js';

/** Names under which `audio-decode` has what only Node decodes. */
const NODE_ONLY = { aac: 'aac', mp4: 'm4a', webm: 'webm', amr: 'amr', qoa: 'qoa' } as const;

/**
 * Decodes in Node what needs a decoder: FLAC, MP3, Ogg Opus and Vorbis, and where their packages
 * are there (some are GPL, and not in what is shipped) AAC, MP4, WebM, AMR and QOA.
 *
 * @throws VoiceprintError `audio/undecodable`, `audio/too-long`, `aborted`.
 */
export const decodeEncodedInNode: DecodeEncoded = ({ bytes, kind }, limits) =>
  decodeWith(kind === undefined ? undefined : openerOf(kind), bytes, limits);

function openerOf(kind: EncodedKind): OpenDecoder | undefined {
  const carried = CODECS[kind];
  if (carried !== undefined || !(kind in NODE_ONLY)) return carried;
  const name = NODE_ONLY[kind as keyof typeof NODE_ONLY];
  return async () => {
    // Builds for pages leave this package out: browsers bring their own decoders.
    const { default: decode } = await import('audio-decode');
    const decoder = await decode[name]();
    return { decode: decoder, flush: decoder.flush, free: decoder.free };
  };
}
