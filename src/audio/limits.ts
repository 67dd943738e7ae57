/** Rate in Hz at which everything after this room works. */
export const SAMPLE_RATE = 16_000;

/** Options of `toSamples`; the defaults are {@link DECODE_DEFAULTS}. */
export interface DecodeOptions {
  /** Longest audio that is taken, in seconds. @defaultValue 600 */
  readonly maximumSeconds?: number;
  /** Largest encoded file that is read, in bytes. @defaultValue 256 MiB */
  readonly maximumBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Ten minutes: enough for any enrollment, and 38 MB as 16 kHz samples. Decoding happens in memory,
 * where an hour of 48 kHz stereo takes 1.4 GB; raise the limit on purpose.
 */
export const DECODE_DEFAULTS = {
  maximumSeconds: 600,
  maximumBytes: 256 * 1024 * 1024,
} as const satisfies DecodeOptions;

/** Sample rates in Hz that are taken as input; what lies outside is a mistake in a header. */
export const SAMPLE_RATE_RANGE = { minimum: 4_000, maximum: 192_000 } as const;
