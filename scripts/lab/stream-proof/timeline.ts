import type { Outcome } from './proof.js';
import { STRANGER, turnAt } from './turn-errors.js';

/** One character per second: who spoke, and who was named. */
export interface Timeline {
  readonly spoken: string;
  readonly named: string;
  /** Letter by person. */
  readonly letters: ReadonlyMap<string, string>;
}

/** What stands for no person. */
export const SIGNS = {
  silence: '.',
  several: '+',
  stranger: 'x',
  undecided: '?',
} as const;

/** Draws the middle of every second of a conversation. */
export function drawTimeline({ conversation, enrolled, named, moments }: Outcome): Timeline {
  const letters = new Map(
    enrolled.map((speaker, index) => [speaker, String.fromCharCode(65 + index)]),
  );
  const letter = (speaker: string): string => letters.get(speaker) ?? SIGNS.stranger;
  const seconds = Math.ceil(conversation.samples.length / 16_000);
  let spoken = '';
  let heard = '';
  for (let second = 0; second < seconds; second++) {
    const middle = second + 0.5;
    const moment = moments.find(({ at }) => Math.abs(at - middle) < 0.011);
    const [speaker = STRANGER] = moment?.speakers ?? [];
    spoken +=
      moment === undefined ? SIGNS.silence : moment.overlap ? SIGNS.several : letter(speaker);
    const turn = turnAt(named, middle);
    heard +=
      turn === undefined
        ? SIGNS.silence
        : turn.decision === 'unknown'
          ? SIGNS.undecided
          : letter(turn.speaker ?? STRANGER);
  }
  return { spoken, named: heard, letters };
}
