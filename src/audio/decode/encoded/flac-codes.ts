import { HeaderBytes } from '../linear/layout.js';
import type { PieceDecoder } from './piece-decoder.js';

/** Deepest samples whose codes a float32 still tells apart after they were scaled. */
const MOST_BITS = 16;

/**
 * The FLAC decoder divides 16 bits by 32,767 (measured with `@audio/decode-flac` 1.3.5), where
 * browsers, libsndfile and our reading of WAV divide by 32,768. FLAC is lossless: this gives back
 * the codes that the file holds.
 */
export function exactFlac(decoder: PieceDecoder): PieceDecoder {
  let bits: number | undefined;
  return {
    async decode(piece) {
      // The first piece begins with STREAMINFO (RFC 9639, 8.2).
      bits ??= bitsOf(new HeaderBytes(piece));
      return exact(await decoder.decode(piece), bits);
    },
    flush: async () => exact((await decoder.flush?.()) ?? EMPTY, bits ?? 0),
    free: () => decoder.free(),
  };
}

const EMPTY = { channelData: [], sampleRate: 0 };

/** 0 for FLAC in another container, which is left as it comes. */
function bitsOf(header: HeaderBytes): number {
  return header.is(0, 'fLaC') ? ((header.u32(18, false) >>> 4) & 31) + 1 : 0;
}

function exact<Piece extends { readonly channelData: readonly Float32Array[] }>(
  piece: Piece,
  bits: number,
): Piece {
  if (bits === 0 || bits > MOST_BITS) return piece;
  const full = 2 ** (bits - 1);
  for (const channel of piece.channelData) {
    for (let i = 0; i < channel.length; i++) {
      channel[i] = Math.round((channel[i] ?? 0) * (full - 1)) / full;
    }
  }
  return piece;
}
