import * as v from 'valibot';

/** With fewer speakers a list bounds no false-accept rate: two of them who sound alike decide it. */
export const LEAST_SPEAKERS = 20;

/** What a threshold did on one list with utterances of one length. */
export interface LengthErrors {
  /** Seconds of speech that both sides were cut to; null for whole utterances. */
  readonly seconds: number | null;
  /** Trials of the same person. */
  readonly targets: number;
  /** Trials of two people. */
  readonly nontargets: number;
  /** Share of the nontargets that were accepted, 0 to 1. */
  readonly falseAcceptRate: number;
  /** 95 % upper bound of that share over people, by resampling speakers, 0 to 1. */
  readonly falseAcceptBound: number;
  /** Share of the targets that were rejected, 0 to 1. */
  readonly falseRejectRate: number;
}

/** What a threshold did on one list. */
export interface ListErrors {
  /** Name of the list. */
  readonly list: string;
  /** How many people speak in its trials. */
  readonly speakers: number;
  /** By length, whole utterances among them; lengths with too few trials are left out. */
  readonly lengths: readonly LengthErrors[];
}

/**
 * A score from which somebody is accepted, and what was measured there. It is chosen so that the
 * 95 % upper bound of the false-accept rate stays below the rate on every list with people enough.
 */
export interface Threshold {
  /** The share of impostors that may be accepted, 0 to 1. */
  readonly falseAcceptRate: number;
  /** On the scale that the model decides by: normalised where it normalises, else a cosine. */
  readonly score: number;
  /** The list that needs the highest threshold for the rate. */
  readonly list: string;
  /** The length at which it does, in seconds; null for whole utterances. */
  readonly seconds: number | null;
  /** Errors on every list that was measured, {@link list} among them; empty where the caller gave the threshold. */
  readonly lists: readonly ListErrors[];
}

const rate = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));
const seconds = v.nullable(v.pipe(v.number(), v.finite(), v.gtValue(0)));
const many = <const Schema extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  schema: Schema,
) => v.pipe(v.array(schema), v.readonly());

const errorsSchema = v.object({
  list: name,
  speakers: count,
  lengths: many(
    v.object({
      seconds,
      targets: count,
      nontargets: count,
      falseAcceptRate: rate,
      falseAcceptBound: rate,
      falseRejectRate: rate,
    }),
  ),
});

/** {@link Threshold}s of a manifest; {@link thresholdFault} holds what they say about one another. */
export const thresholdsSchema = many(
  v.object({
    falseAcceptRate: v.pipe(rate, v.gtValue(0), v.ltValue(1)),
    score: v.pipe(v.number(), v.finite('expected a finite number')),
    list: name,
    seconds,
    lists: many(errorsSchema),
  }),
);

/** A field of a list of thresholds that contradicts another, and what was expected of it. */
export interface ThresholdFault {
  /** Path from the list of thresholds, such as `1.score`. */
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;
}

/**
 * What keeps thresholds from being believed: rates that do not fall, a threshold or a share of
 * refused people that falls as the rate gets stricter, a rate that its own list does not bear out,
 * or one that rests on fewer than {@link LEAST_SPEAKERS} people.
 */
export function thresholdFault(thresholds: readonly Threshold[]): ThresholdFault | undefined {
  for (const [i, threshold] of thresholds.entries()) {
    const before = thresholds[i - 1];
    const fault = restFault(threshold) ?? (before && orderFault(before, threshold));
    if (fault !== undefined) return { ...fault, field: `${i}.${fault.field}` };
  }
  return undefined;
}

function restFault(threshold: Threshold): ThresholdFault | undefined {
  const { list, seconds, lists, falseAcceptRate } = threshold;
  const own = lists.find((entry) => entry.list === list);
  const at = own?.lengths.find((entry) => entry.seconds === seconds);
  if (own === undefined) return { field: 'list', value: list, expected: 'a list of "lists"' };
  if (at === undefined) {
    return { field: 'seconds', value: seconds, expected: 'a length of its list' };
  }
  if (own.speakers < LEAST_SPEAKERS) {
    return {
      field: 'list',
      value: `${list}, of ${own.speakers} speakers`,
      expected: `a list of at least ${LEAST_SPEAKERS} speakers`,
    };
  }
  if (at.falseAcceptBound > falseAcceptRate) {
    return {
      field: 'falseAcceptRate',
      value: falseAcceptRate,
      expected: `at least the upper bound on its list, ${at.falseAcceptBound}`,
    };
  }
  return undefined;
}

function orderFault(before: Threshold, threshold: Threshold): ThresholdFault | undefined {
  if (threshold.falseAcceptRate >= before.falseAcceptRate) {
    return {
      field: 'falseAcceptRate',
      value: threshold.falseAcceptRate,
      expected: `less than the rate before it, ${before.falseAcceptRate}`,
    };
  }
  if (threshold.score < before.score) {
    return {
      field: 'score',
      value: threshold.score,
      expected: `at least that of the laxer rate before it, ${before.score}`,
    };
  }
  for (const [l, errors] of threshold.lists.entries()) {
    for (const [s, { seconds, falseRejectRate }] of errors.lengths.entries()) {
      const laxer = falseRejectsAt(before, errors.list, seconds);
      if (laxer === undefined || falseRejectRate >= laxer) continue;
      return {
        field: `lists.${l}.lengths.${s}.falseRejectRate`,
        value: falseRejectRate,
        expected: `at least that of the laxer rate before it, ${laxer}`,
      };
    }
  }
  return undefined;
}

function falseRejectsAt(
  { lists }: Threshold,
  list: string,
  seconds: number | null,
): number | undefined {
  const errors = lists.find((entry) => entry.list === list);
  return errors?.lengths.find((entry) => entry.seconds === seconds)?.falseRejectRate;
}

/** The list on which a threshold refuses most people, and how many. */
export interface WorstList {
  /** Name of the list. */
  readonly list: string;
  /** Share of the targets that were rejected on it, 0 to 1. */
  readonly falseRejectRate: number;
}

/**
 * The list on which a threshold refuses most people with utterances of one length. Over thresholds
 * that get stricter its share never falls.
 *
 * @param seconds - The length; whole utterances without it.
 * @returns undefined where nothing was measured at that length.
 */
export function worstList(
  { lists }: Pick<Threshold, 'lists'>,
  seconds: number | null = null,
): WorstList | undefined {
  let worst: WorstList | undefined;
  for (const { list, lengths } of lists) {
    const at = lengths.find((entry) => entry.seconds === seconds);
    if (at === undefined || at.falseRejectRate <= (worst?.falseRejectRate ?? -1)) continue;
    worst = { list, falseRejectRate: at.falseRejectRate };
  }
  return worst;
}
