/** A run of at least so many samples at the rail is clipping; a lone peak is not. */
const SHORTEST_RUN = 3;

/** Samples this close to the largest one are at the rail. */
const AT_RAIL = 0.99;

/**
 * Rails below this level are not looked for: quiet recordings have flat tops by their few bits.
 */
const LOWEST_RAIL = 0.2;

/**
 * Share of the samples that lie in clipped runs: three or more in a row within 1 % of the largest
 * sample of that sign. Each sign has its own rail, since recorders with an offset clip one side,
 * and rails below full scale count, since audio is often turned down after it was clipped.
 *
 * @param samples - Mono PCM in [-1, 1].
 * @returns 0 to 1; 0 for no samples.
 */
export function clippedShare(samples: Float32Array): number {
  let high = 0;
  let low = 0;
  for (const sample of samples) {
    if (sample > high) high = sample;
    else if (sample < low) low = sample;
  }
  const highRail = high >= LOWEST_RAIL ? high * AT_RAIL : Number.POSITIVE_INFINITY;
  const lowRail = -low >= LOWEST_RAIL ? low * AT_RAIL : Number.NEGATIVE_INFINITY;
  let clipped = 0;
  let run = 0;
  for (const sample of samples) {
    if (sample >= highRail || sample <= lowRail) run += 1;
    else {
      if (run >= SHORTEST_RUN) clipped += run;
      run = 0;
    }
  }
  if (run >= SHORTEST_RUN) clipped += run;
  return samples.length === 0 ? 0 : clipped / samples.length;
}
