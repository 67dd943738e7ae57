/** Milliseconds spent on each part of one call. */
export interface Timings {
  /** Decoding and resampling. */
  readonly decode: number;
  /** Finding and judging the speech. */
  readonly speech: number;
  /** Features. */
  readonly features: number;
  /** The encoder. */
  readonly encoder: number;
  /** The whole call. */
  readonly total: number;
}
