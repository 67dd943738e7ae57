import type { StreamTurn } from '../../../src/stream/types.js';
import { MOMENT, type Moment, STRANGER, turnAt } from './turn-errors.js';

/** The stream named somebody else than before. */
export interface Switch {
  /** In seconds. */
  readonly at: number;
  /** Names; {@link STRANGER} for nobody enrolled. */
  readonly from: string;
  readonly to: string;
  /** Whoever was named did not speak in the seconds before. */
  readonly false: boolean;
}

/** A stream looks back on so many seconds: whom it names should have spoken in them. */
const LOOKS_BACK_SECONDS = 3;

/** Every change of who was named, undecided stretches left out. */
export function switchesOf(
  named: readonly StreamTurn[],
  moments: readonly Moment[],
): readonly Switch[] {
  const switches: Switch[] = [];
  let from: string | undefined;
  for (const { decision, speaker = STRANGER, start } of named) {
    if (decision === 'unknown' || speaker === from) continue;
    if (from !== undefined) {
      const spoke = moments.some(
        ({ at, speakers }) =>
          at > start - LOOKS_BACK_SECONDS && at <= start + MOMENT && speakers.has(speaker),
      );
      switches.push({ at: start, from, to: speaker, false: !spoke });
    }
    from = speaker;
  }
  return switches;
}

/** An enrolled person takes the floor, alone. */
export interface Floor {
  readonly speaker: string;
  readonly start: number;
  /** Of speech, pauses left out. */
  readonly seconds: number;
  /** Seconds of their speech until they were named; undefined if they never were. */
  readonly namedAfter: number | undefined;
}

/** The stretches in which one enrolled person speaks until somebody else does. */
export function floorsOf(
  named: readonly StreamTurn[],
  moments: readonly Moment[],
): readonly Floor[] {
  const floors: Floor[] = [];
  let open: Moment[] = [];
  const close = (): void => {
    const [first] = open;
    const [speaker] = first?.speakers ?? [];
    if (first !== undefined && speaker !== undefined && speaker !== STRANGER) {
      const index = open.findIndex(({ at }) => {
        const turn = turnAt(named, at);
        return turn?.decision === 'accepted' && turn.speaker === speaker;
      });
      floors.push({
        speaker,
        start: first.at,
        seconds: open.length * MOMENT,
        namedAfter: index < 0 ? undefined : index * MOMENT,
      });
    }
    open = [];
  };
  for (const moment of moments) {
    const previous = open.at(-1);
    const [speaker] = moment.speakers;
    const [speakerBefore] = previous?.speakers ?? [];
    if (previous !== undefined && (moment.overlap || speaker !== speakerBefore)) close();
    if (!moment.overlap) open.push(moment);
  }
  close();
  return floors;
}
