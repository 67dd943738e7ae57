import type { StreamMode } from '../../../src/stream/types.js';
import type { Verifier } from '../../../src/verifier/types.js';
import { figuresOf } from './figures.js';
import type { Enrollments } from './listen.js';
import { type Labelled, type Outcome, prove } from './proof.js';

/** A stranger prior and a window that streams may decide with. */
export interface Setting {
  readonly strangerPrior: number;
  readonly windowSeconds: number;
}

/** How a setting did on one half of the conversations. */
export interface HalfFigures {
  /** Share of the seconds in which only strangers speak and somebody is named. */
  readonly ofStrangers: number;
  /** Share of the seconds in which an enrolled person speaks that were wrong or missed. */
  readonly missed: number;
  readonly named: string;
}

/** Settings on the half that one is chosen on and on the half that it is judged on. */
export interface Choice {
  readonly settings: readonly {
    readonly setting: Setting;
    readonly chosenOn: HalfFigures;
    readonly judgedOn: HalfFigures;
  }[];
  readonly chosen: Setting;
}

const PRIORS = [0.5, 0.9, 0.99] as const;
/** A causal encoder looks back on what it was trained to. */
const WINDOWS = { window: [2, 3], causal: [3] } as const;

/** False accepts of strangers that a setting may have on the half that it is chosen on. */
const BORNE = 0.05;

/**
 * Chooses the stranger prior and the window on one half of the conversations, every other clip, and
 * judges all of them on the other half: of those that name strangers for no more than 5 % of their
 * seconds the one that misses least, else the one that names strangers least.
 */
export async function chooseSetting(
  verifier: Verifier,
  enrollments: Enrollments,
  conversations: readonly Labelled[],
  mode: StreamMode,
): Promise<Choice> {
  const clips = [...new Set(conversations.map(({ clip }) => clip))];
  const isFirst = ({ conversation }: Outcome) => clips.indexOf(conversation.clip) % 2 === 0;
  const settings: Choice['settings'][number][] = [];
  for (const windowSeconds of WINDOWS[mode]) {
    for (const strangerPrior of PRIORS) {
      const setting = { strangerPrior, windowSeconds };
      process.stderr.write(`${mode} mode with ${JSON.stringify(setting)} ...\n`);
      const outcomes = await prove(verifier, enrollments, conversations, mode, setting);
      settings.push({
        setting,
        chosenOn: halfOf(outcomes.filter(isFirst)),
        judgedOn: halfOf(outcomes.filter((outcome) => !isFirst(outcome))),
      });
    }
  }
  const borne = settings.filter(({ chosenOn }) => chosenOn.ofStrangers <= BORNE);
  const [best] =
    borne.length > 0
      ? borne.sort((a, b) => a.chosenOn.missed - b.chosenOn.missed)
      : [...settings].sort((a, b) => a.chosenOn.ofStrangers - b.chosenOn.ofStrangers);
  if (best === undefined) throw new Error('there is no setting to choose from');
  return { settings, chosen: best.setting };
}

function halfOf(outcomes: readonly Outcome[]): HalfFigures {
  const { all, falseAcceptRate, floors, floorsNamed } = figuresOf(outcomes);
  const { wrong, undecided, rejected, unheard, enrolledSeconds } = all;
  return {
    ofStrangers: falseAcceptRate,
    missed: (wrong + undecided + rejected + unheard) / enrolledSeconds,
    named: `${floorsNamed} of ${floors}`,
  };
}
