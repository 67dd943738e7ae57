import type { EncodedKind } from './encoded-kind.js';
import { exactFlac } from './flac-codes.js';

import type { OpenDecoder } from './piece-decoder.js';

/**
 * The decoders that pages may carry too (MIT and BSD), each a file of its own. `adpcm` reads WAV.
 */
export const CODECS: Readonly<Partial<Record<EncodedKind | 'adpcm', OpenDecoder>>> = {
  adpcm: async () => (await import('@audio/decode-wav')).decoder(),
  flac: async () => exactFlac(await (await import('@audio/decode-flac')).decoder()),
  mp3: async () => (await import('@audio/decode-mp3')).decoder(),
  opus: async () => (await import('@audio/decode-opus')).decoder(),
  vorbis: async () => (await import('@audio/decode-vorbis')).decoder(),
};
