import { VoiceprintError } from '../../../errors.js';

/** How the codes of one sample are turned into a number. */
export type SampleEncoding = 'signed' | 'unsigned' | 'float' | 'alaw' | 'ulaw';

/** Where the samples of a file of linear PCM (or G.711) lie, and what they are: all that a header says. */
export interface LinearLayout {
  /** The container, as people call it: it stands in messages. */
  readonly container: string;
  /** Channels, interleaved. */
  readonly channels: number;
  /** Rate in Hz. */
  readonly sampleRate: number;
  readonly encoding: SampleEncoding;
  /** Bytes of one sample of one channel, 1 to 8. Fewer valid bits lie at its upper end. */
  readonly sampleBytes: number;
  readonly littleEndian: boolean;
  /** Offset of the first sample in the file, in bytes. */
  readonly start: number;
  /** Bytes of all samples; what lies beyond the end of the file counts as not there. */
  readonly bytes: number;
}

/** A WAV file that holds something else than linear samples. */
export interface WrappedAudio {
  readonly codec: 'mp3' | 'adpcm';
  readonly channels: number;
  readonly sampleRate: number;
  /** Frames of audio that the header and the length of the file allow; undefined for MP3. */
  readonly frames: number | undefined;
  /** The encoded audio, or the whole file for a codec that needs its header. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * What a header that makes no sense is answered with.
 *
 * @param container - What the file says that it is.
 * @param fault - What is wrong with it.
 */
export function badHeader(container: string, fault: string): VoiceprintError {
  return new VoiceprintError(
    'audio/undecodable',
    `the header of the ${container} file ${fault}; the file is damaged: export or record it again`,
  );
}

/**
 * What a known container with an unknown codec is answered with.
 *
 * @param container - What the file is.
 * @param codec - What it holds.
 */
export function unreadableCodec(container: string, codec: string): VoiceprintError {
  return new VoiceprintError(
    'audio/undecodable',
    `the ${container} file holds ${codec}, which is not read here; save it as 16-bit PCM (ffmpeg -i FILE -c:a pcm_s16le OUT.wav)`,
  );
}

/** A view of bytes that knows words of ASCII. */
export class HeaderBytes {
  readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  /** Whether `word` stands at `offset`. */
  is(offset: number, word: string): boolean {
    if (offset + word.length > this.length) return false;
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[offset + i] !== word.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Four letters, or what stands there. */
  word(offset: number): string {
    return String.fromCharCode(...this.bytes.subarray(offset, offset + 4));
  }

  u16(offset: number, littleEndian: boolean): number {
    return offset + 2 <= this.length ? this.view.getUint16(offset, littleEndian) : 0;
  }

  u32(offset: number, littleEndian: boolean): number {
    return offset + 4 <= this.length ? this.view.getUint32(offset, littleEndian) : 0;
  }

  /** A length of 64 bits; what is beyond 2^53 is larger than any file. */
  u64(offset: number, littleEndian: boolean): number {
    if (offset + 8 > this.length) return 0;
    return Number(this.view.getBigUint64(offset, littleEndian));
  }
}
