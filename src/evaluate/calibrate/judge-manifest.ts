import type { Manifest } from '../../models/manifest.js';
import { createCohort } from '../../scoring/as-norm.js';
import { errorsAt } from './errors-at.js';
import { calibrationCosts, longestOf } from './measure-scale.js';
import { type EmbeddedList, scoresAt } from './score-list.js';

/** What a manifest's threshold and calibration do on one list, whole utterances without pauses. */
export interface JudgedManifest {
  readonly list: string;
  /** What is known of the threshold; undefined where the manifest has none that is strict enough. */
  readonly decision:
    | {
        readonly stated: number;
        readonly falseAcceptRate: number;
        readonly falseRejectRate: number;
      }
    | undefined;
  /** Undefined without calibration. */
  readonly cllr: number | undefined;
  readonly minCllr: number;
}

/**
 * Judges a manifest on a list as a verifier would use it.
 *
 * @param embeddings - Of the manifest's cohort; needed where it normalises.
 * @param rate - The false-accept rate that is asked for.
 */
export function judgeManifest(
  { thresholds, calibration, normalization }: Manifest,
  embeddings: readonly Float32Array[] | undefined,
  list: EmbeddedList,
  rate: number,
): JudgedManifest {
  const cohort =
    normalization === undefined || embeddings === undefined
      ? undefined
      : createCohort(embeddings, { top: normalization.top });
  const scores = scoresAt(list, longestOf(list), cohort);
  const threshold = thresholds.find(({ falseAcceptRate }) => falseAcceptRate <= rate);
  const costs = calibrationCosts(
    scores,
    calibration.length > 0 ? calibration : [{ maximumSeconds: null, scale: 1, offset: 0 }],
  );
  return {
    list: list.name,
    decision: threshold && {
      stated: threshold.falseAcceptRate,
      ...errorsAt(scores, threshold.score),
    },
    cllr: calibration.length === 0 ? undefined : costs.cllr,
    minCllr: costs.minCllr,
  };
}

/** Manifests beside each other: rows of a table. */
export function judgedRows(
  judged: readonly (readonly [when: string, judged: JudgedManifest])[],
): readonly (readonly string[])[] {
  const share = (rate: number | undefined) =>
    rate === undefined ? '–' : `${(rate * 100).toFixed(2)} %`;
  return [
    ['manifest', 'list', 'asked', 'false accepts', 'false rejects', 'Cllr', 'least Cllr'],
    ...judged.map(([when, { list, decision, cllr, minCllr }]) => [
      when,
      list,
      share(decision?.stated),
      share(decision?.falseAcceptRate),
      share(decision?.falseRejectRate),
      cllr?.toFixed(3) ?? '–',
      minCllr.toFixed(3),
    ]),
  ];
}
