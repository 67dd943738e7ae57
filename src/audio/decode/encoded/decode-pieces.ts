import { VoiceprintError } from '../../../errors.js';
import { stopIfAborted } from '../../../lifetime/ended.js';
import { turn } from '../../../lifetime/turn.js';
import { checkBudget } from '../budget.js';
import type { DecodedAudio } from '../channels.js';
import type { DecodedPiece, OpenDecoder } from './piece-decoder.js';

/**
 * Bytes of the first piece. Two hours of silence fit in a hundred kilobytes, so a piece grows only
 * while what comes out of it stays small.
 */
const FIRST_PIECE = 1_024;
const LARGEST_PIECE = 65_536;

/** Samples in all channels that a piece should give at most: 20 ms of work, 2 MB. */
const SAMPLES_PER_PIECE = 1 << 19;

/** What bounds the decoding of a file. */
export interface PieceLimits {
  readonly maximumSeconds: number;
  readonly signal?: AbortSignal;
}

/**
 * Decodes a file in pieces, and stops when more came out of it than is taken.
 *
 * @throws VoiceprintError `audio/too-long` and `audio/undecodable` of the budget, and `aborted`;
 * whatever the decoder throws otherwise.
 */
export async function decodePieces(
  bytes: Uint8Array,
  open: OpenDecoder,
  limits: PieceLimits,
): Promise<DecodedAudio> {
  const decoder = await open();
  const pieces = new Pieces(limits.maximumSeconds);
  let size = FIRST_PIECE;
  try {
    for (let offset = 0; offset < bytes.length; ) {
      stopIfAborted(limits.signal, 'reading the audio was stopped');
      const made = pieces.add(await decoder.decode(bytes.slice(offset, offset + size)));
      offset += size;
      if (made > SAMPLES_PER_PIECE) size = Math.max(FIRST_PIECE, size / 2);
      else if (made > 0 && made < SAMPLES_PER_PIECE / 4) size = Math.min(LARGEST_PIECE, size * 2);
      if (offset < bytes.length) await turn();
    }
    if (decoder.flush !== undefined) pieces.add(await decoder.flush());
  } finally {
    decoder.free();
  }
  return pieces.join();
}

/** What came out so far. */
class Pieces {
  readonly #maximumSeconds: number;
  readonly #kept: (readonly Float32Array[])[] = [];
  #channels = 0;
  #sampleRate = 0;
  #frames = 0;

  constructor(maximumSeconds: number) {
    this.#maximumSeconds = maximumSeconds;
  }

  /** @returns how many samples it held, in all channels. */
  add({ channelData, sampleRate, samplesDecoded }: DecodedPiece): number {
    const frames = Math.min(
      channelData[0]?.length ?? 0,
      samplesDecoded ?? Number.POSITIVE_INFINITY,
    );
    if (frames === 0) return 0;
    this.#channels ||= channelData.length;
    this.#sampleRate ||= sampleRate;
    // Chained files may change in the middle; two voices at two rates are no utterance.
    if (channelData.length !== this.#channels || sampleRate !== this.#sampleRate) {
      throw new VoiceprintError(
        'audio/undecodable',
        `the audio changes from ${this.#channels} channels at ${this.#sampleRate} Hz to ${channelData.length} at ${sampleRate} Hz; save it as one recording`,
      );
    }
    this.#frames += frames;
    checkBudget(
      { channels: this.#channels, sampleRate, frames: this.#frames },
      this.#maximumSeconds,
    );
    this.#kept.push(channelData.map((channel) => channel.subarray(0, frames)));
    return frames * this.#channels;
  }

  join(): DecodedAudio {
    const channels = Array.from({ length: this.#channels }, (_, index) => {
      const joined = new Float32Array(this.#frames);
      let offset = 0;
      for (const piece of this.#kept) {
        const channel = piece[index] ?? new Float32Array(0);
        joined.set(channel, offset);
        offset += channel.length;
      }
      return joined;
    });
    return { channels, sampleRate: this.#sampleRate };
  }
}
