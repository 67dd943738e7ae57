/**
 * Power spectra of real frames of one length. Engines differ in speed and in the lengths they can
 * take, not in what they compute: all pass the same reference cases.
 */
export interface SpectrumEngine {
  /** Samples per frame. */
  readonly size: number;
  /** `size / 2 + 1`: 0 Hz to the Nyquist frequency. */
  readonly bins: number;
  /**
   * Writes |X[k]|^2 of a frame.
   *
   * @param frame - `size` samples, windowed already; left as it is.
   * @param power - `bins` values.
   */
  power(frame: Float64Array, power: Float64Array): void;
}

/**
 * Makes an engine for frames of `size` samples.
 *
 * @throws VoiceprintError `features/invalid` when the engine cannot take that size.
 */
export type SpectrumEngineFactory = (size: number) => SpectrumEngine;
