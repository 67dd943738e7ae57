/** Repeatable scores for tests. */

/** Uniform in (0, 1): a linear congruential generator, good enough for making scores. */
function testRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/** Standard normal numbers (Box and Muller). */
export function testNormal(seed: number): () => number {
  const random = testRandom(seed);
  return () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/**
 * Log-likelihood ratios of a perfectly calibrated Gaussian system: targets ~ N(m, 2m), nontargets
 * ~ N(-m, 2m), whose equal error rate is the normal tail beyond sqrt(m / 2).
 */
export function gaussianLlrs(targets: number, nontargets: number, m: number, seed = 1) {
  const normal = testNormal(seed);
  const labels = Uint8Array.from({ length: targets + nontargets }, (_, i) => (i < targets ? 1 : 0));
  const scores = Float64Array.from(
    labels,
    (label) => (label === 1 ? m : -m) + Math.sqrt(2 * m) * normal(),
  );
  return { scores, labels };
}

/** Trials from two lists of scores. */
export function listed(targets: readonly number[], nontargets: readonly number[]) {
  return {
    scores: [...targets, ...nontargets],
    labels: [...targets.map(() => 1), ...nontargets.map(() => 0)],
  };
}
