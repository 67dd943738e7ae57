import { median } from '../bench/figures.js';
import type { Outcome } from './proof.js';
import { errorRate, type Moment, type Tally, tally } from './turn-errors.js';

/** After so many seconds of one person's speech a stream should know who it is. */
export const SETTLED_SECONDS = 2;
/** Whoever speaks for less is not counted among those to be named. */
export const FLOOR_SECONDS = 2;

/** How a stream did over some conversations: seconds, shares and counts. */
export interface Figures {
  readonly conversations: number;
  readonly all: Tally;
  /** Errors per second of speech. */
  readonly errorRate: number;
  /** The same where one person speaks at a time. */
  readonly errorRateWithoutOverlap: number;
  /** The same from 2 s of speech after who speaks changed. */
  readonly errorRateSettled: number;
  /** Named somebody per second in which only persons speak who are not enrolled. */
  readonly falseAcceptRate: number;
  /** Seconds of speech until the first decision: the median of the conversations. */
  readonly firstDecisionSeconds: number;
  /** Persons who spoke alone for 2 s or more, how many were named, and after how much speech. */
  readonly floors: number;
  readonly floorsNamed: number;
  /** How many of them were named within 2 s of speech. */
  readonly floorsNamedSoon: number;
  readonly namedAfterSeconds: number;
  readonly switches: number;
  readonly falseSwitches: number;
}

/** Adds outcomes up. */
export function figuresOf(outcomes: readonly Outcome[]): Figures {
  const moments = outcomes.flatMap((outcome) => outcome.moments);
  const over = (wanted: (moment: Moment) => boolean): number =>
    errorRate(tally(moments.filter(wanted)));
  const all = tally(moments);
  const floors = outcomes
    .flatMap((outcome) => outcome.floors)
    .filter(({ seconds }) => seconds >= FLOOR_SECONDS);
  const switches = outcomes.flatMap((outcome) => outcome.switches);
  return {
    conversations: outcomes.length,
    all,
    errorRate: errorRate(all),
    errorRateWithoutOverlap: over(({ overlap }) => !overlap),
    errorRateSettled: over(
      ({ sinceChange, overlap }) => !overlap && sinceChange >= SETTLED_SECONDS,
    ),
    falseAcceptRate: all['false-accept'] / all.strangerSeconds,
    firstDecisionSeconds: medianOf(outcomes.map((outcome) => outcome.firstDecisionSeconds)),
    floors: floors.length,
    floorsNamed: floors.filter(({ namedAfter }) => namedAfter !== undefined).length,
    floorsNamedSoon: floors.filter(
      ({ namedAfter }) => namedAfter !== undefined && namedAfter <= SETTLED_SECONDS,
    ).length,
    namedAfterSeconds: medianOf(floors.map(({ namedAfter }) => namedAfter)),
    switches: switches.length,
    falseSwitches: switches.filter((change) => change.false).length,
  };
}

/** Of those that there are; NaN for none. */
export function medianOf(values: readonly (number | undefined)[]): number {
  return median(values.filter((value) => value !== undefined));
}
