/** One side of a trial. Whoever compares it several times keeps the object: see `Judge.trial`. */
export interface Voice {
  /** One, or those of several utterances of the same person. */
  readonly embeddings: readonly Float32Array[];
  /** Seconds of speech that they were made of, together. */
  readonly seconds: number;
}

/** Two voices compared. */
export interface Trial {
  /** Mean cosine of the embeddings of one side with those of the other, -1 to 1. */
  readonly cosine: number;
  /**
   * What decides. Where the model normalises (AS-norm): how many standard deviations the cosine lies
   * above those of the nearest impostors of both sides; else the cosine itself.
   */
  readonly score: number;
  /** The score from which the voices are taken for one person's: one for all trials of a judge. */
  readonly threshold: number;
  /**
   * Calibrated natural-log likelihood ratio of the score at {@link seconds}: above 0 it speaks for
   * one person. Undefined without calibration.
   */
  readonly llr: number | undefined;
  /** `score >= threshold`. */
  readonly accepted: boolean;
  /** Seconds of speech on the shorter side. */
  readonly seconds: number;
}
