import type { EncodedKind } from './encoded-kind.js';
import { exactFlac } from './flac-codes.js';

/** Samples that a decoder gave for what it was handed. */
export interface DecodedPiece {
  readonly channelData: readonly Float32Array[];
  readonly sampleRate: number;
  /** Samples per channel, where fewer than the arrays hold. */
  readonly samplesDecoded?: number;
}

/** A decoder that is fed a file piece by piece. */
export interface PieceDecoder {
  decode(piece: Uint8Array): DecodedPiece | Promise<DecodedPiece>;
  flush?(): DecodedPiece | Promise<DecodedPiece>;
  free(): void;
}

/** Opens a decoder; its code is loaded at the first call. */
export type OpenDecoder = () => PieceDecoder | Promise<PieceDecoder>;

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
