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
