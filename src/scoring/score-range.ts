/**
 * The stretch of scores that an axis should show: strangers at its beginning, the same voice under
 * the same conditions near its end. Scores beyond it are possible.
 *
 * @param model - Normalised scores count deviations above impostors; cosines end at 1.
 */
export function scoreRange(
  model: { readonly normalization?: unknown } | undefined,
): readonly [number, number] {
  return model?.normalization === undefined ? [-0.2, 1] : [-2, 10];
}
