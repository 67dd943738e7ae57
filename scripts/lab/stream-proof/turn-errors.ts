import type { StreamTurn } from '../../../src/stream/types.js';

/** Somebody speaks, in seconds from the start of the audio; several may overlap. */
export interface SpokenTurn {
  readonly speaker: string;
  readonly start: number;
  readonly end: number;
}

/**
 * What a stream made of a moment in which somebody speaks.
 *
 * - `'correct'`: it named one of those who speak, or nobody while somebody speaks who is not
 *   enrolled.
 * - `'wrong'`: it named somebody else, though an enrolled person speaks.
 * - `'false-accept'`: it named somebody while only persons speak who are not enrolled.
 * - `'undecided'`, `'rejected'`, `'unheard'`: an enrolled person speaks, and it named nobody: it
 *   had not decided, it took them for a stranger, or it heard no speech.
 */
export const VERDICTS = [
  'correct',
  'wrong',
  'false-accept',
  'undecided',
  'rejected',
  'unheard',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A hundredth of a second in which somebody speaks. */
export interface Moment {
  /** In seconds. */
  readonly at: number;
  /** Who speaks; those who are not enrolled are {@link STRANGER}. */
  readonly speakers: ReadonlySet<string>;
  /** More than one person speaks. */
  readonly overlap: boolean;
  /** Seconds of speech since it began or who speaks changed, pauses not counted. */
  readonly sinceChange: number;
  readonly verdict: Verdict;
}

/** Whoever is not enrolled. */
export const STRANGER = '';

/** Length of a {@link Moment} in seconds. */
export const MOMENT = 0.01;

/**
 * Compares who was named with who spoke, moment by moment.
 *
 * @param spoken - The reference.
 * @param named - Stretches of speech with the decision at the time, in order, without overlap.
 * @param enrolled - Whom the stream listened for.
 */
export function judgeTurns(
  spoken: readonly SpokenTurn[],
  named: readonly StreamTurn[],
  enrolled: readonly string[],
): readonly Moment[] {
  const known = new Set(enrolled);
  const moments: Moment[] = [];
  const end = Math.max(0, ...spoken.map((turn) => turn.end));
  let before: Moment | undefined;
  for (let index = 0; (index + 0.5) * MOMENT < end; index++) {
    const at = (index + 0.5) * MOMENT;
    const voices = spoken.filter((turn) => turn.start <= at && at < turn.end);
    if (voices.length === 0) continue;
    const speakers = new Set(
      voices.map(({ speaker }) => (known.has(speaker) ? speaker : STRANGER)),
    );
    const same = before !== undefined && sameSets(before.speakers, speakers);
    before = {
      at,
      speakers,
      overlap: new Set(voices.map(({ speaker }) => speaker)).size > 1,
      sinceChange: same ? (before?.sinceChange ?? 0) + MOMENT : 0,
      verdict: judge(speakers, turnAt(named, at)),
    };
    moments.push(before);
  }
  return moments;
}

function judge(speakers: ReadonlySet<string>, turn: StreamTurn | undefined): Verdict {
  const name = turn?.decision === 'accepted' ? turn.speaker : undefined;
  if (name !== undefined && speakers.has(name)) return 'correct';
  if (name === undefined && speakers.has(STRANGER)) return 'correct';
  if (name !== undefined) return hasEnrolled(speakers) ? 'wrong' : 'false-accept';
  if (turn === undefined) return 'unheard';
  return turn.decision === 'rejected' ? 'rejected' : 'undecided';
}

function hasEnrolled(speakers: ReadonlySet<string>): boolean {
  return [...speakers].some((speaker) => speaker !== STRANGER);
}

/** The stretch of a list in which a moment lies. */
export function turnAt<Turn extends { readonly start: number; readonly end: number }>(
  turns: readonly Turn[],
  at: number,
): Turn | undefined {
  return turns.find((turn) => turn.start <= at && at < turn.end);
}

function sameSets(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((value) => b.has(value));
}

/** Seconds of speech by verdict. */
export type Tally = Readonly<Record<Verdict, number>> & {
  readonly seconds: number;
  /** Seconds in which an enrolled person speaks, and in which only others do. */
  readonly enrolledSeconds: number;
  readonly strangerSeconds: number;
};

/** Adds moments up. */
export function tally(moments: Iterable<Moment>): Tally {
  const sums = {
    correct: 0,
    wrong: 0,
    'false-accept': 0,
    undecided: 0,
    rejected: 0,
    unheard: 0,
    seconds: 0,
    enrolledSeconds: 0,
    strangerSeconds: 0,
  };
  for (const { verdict, speakers } of moments) {
    sums[verdict] += MOMENT;
    sums.seconds += MOMENT;
    sums[hasEnrolled(speakers) ? 'enrolledSeconds' : 'strangerSeconds'] += MOMENT;
  }
  return sums;
}

/** Errors per second of speech; NaN where nobody spoke. */
export function errorRate({ seconds, correct }: Tally): number {
  return (seconds - correct) / seconds;
}
