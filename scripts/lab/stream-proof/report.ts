import type { StreamMode, StreamOptions } from '../../../src/stream/types.js';
import type { Model } from '../../../src/verifier/types.js';
import type { Choice, HalfFigures } from './choose.js';
import type { Voice } from './conversations.js';
import { type Figures, FLOOR_SECONDS, figuresOf, SETTLED_SECONDS } from './figures.js';
import type { Outcome } from './proof.js';
import { drawTimeline, SIGNS } from './timeline.js';

/** What came out at another threshold than the default one: a cosine, or for a false-accept rate. */
export interface AtThreshold {
  readonly options: Pick<StreamOptions, 'threshold' | 'falseAcceptRate'>;
  readonly outcomes: readonly Outcome[];
}

/** What came out in one mode. */
export interface ModeReport {
  readonly mode: StreamMode;
  readonly model: Model;
  readonly refused: readonly { readonly voice: Voice; readonly reason: string }[];
  /** At the default threshold. */
  readonly outcomes: readonly Outcome[];
  readonly atThresholds: readonly AtThreshold[];
  /** Stranger priors and windows, chosen on one half and judged on the other. */
  readonly choice: Choice;
}

/** Kinds of conversations that are added up apart. */
const GROUPS: readonly { readonly name: string; readonly has: (outcome: Outcome) => boolean }[] = [
  {
    name: 'dialogue',
    has: ({ conversation }) => conversation.kind === 'dialogue' && conversation.present,
  },
  { name: 'readings', has: ({ conversation }) => conversation.kind === 'reading' },
  {
    name: 'meetings',
    has: ({ conversation }) => conversation.kind === 'meeting' && conversation.present,
  },
  { name: 'strangers', has: ({ conversation }) => !conversation.present },
];

interface Group {
  readonly name: string;
  readonly report: ModeReport;
  readonly outcomes: readonly Outcome[];
  readonly figures: Figures;
}

function groupsOf(reports: readonly ModeReport[]): readonly Group[] {
  return GROUPS.flatMap(({ name, has }) =>
    reports.map((report) => {
      const outcomes = report.outcomes.filter(has);
      return { name, report, outcomes, figures: figuresOf(outcomes) };
    }),
  );
}

/** One plain object with everything. */
export function jsonOf(reports: readonly ModeReport[]): unknown {
  const groups = groupsOf(reports);
  return Object.fromEntries(
    reports.map((report) => [
      report.mode,
      {
        model: { name: report.model.name, version: report.model.version },
        refused: report.refused.map(({ voice, reason }) => ({ ...voiceOf(voice), reason })),
        ...Object.fromEntries(
          groups
            .filter((group) => group.report === report)
            .map(({ name, figures }) => [name, figures]),
        ),
        atThresholds: report.atThresholds.map(({ options, outcomes }) => ({
          ...options,
          ...Object.fromEntries(
            GROUPS.map(({ name, has }) => [name, figuresOf(outcomes.filter(has))]),
          ),
        })),
        choice: report.choice,
        conversations: report.outcomes.map((outcome) => {
          const { conversation, firstDecisionSeconds, switches, floors, named } = outcome;
          const { spoken, named: heard, letters } = drawTimeline(outcome);
          return {
            clip: conversation.clip,
            kind: conversation.present ? conversation.kind : 'strangers',
            enrolled: conversation.voices.map(voiceOf),
            figures: figuresOf([outcome]),
            firstDecisionSeconds,
            switches,
            floors,
            named,
            perSecond: { letters: Object.fromEntries(letters), spoken, named: heard },
          };
        }),
      },
    ]),
  );
}

function voiceOf({ speaker, clip }: Voice): { readonly speaker: string; readonly clip: string } {
  return { speaker, clip };
}

/** `docs/streaming.md`. */
export function markdownOf(reports: readonly ModeReport[]): string {
  const groups = groupsOf(reports);
  return `# Who speaks now: streams against people in conversation

Written by \`npm run stream-proof -- --out docs/streaming.md\`; do not edit. It needs the recordings in \`../shared/speech\` (or \`VOICEPRINT_SHARED\`).

${reports.map(({ mode, model }) => `- **${mode}**: model \`${model.name}\` ${model.version}, \`${model.sha256.slice(0, 8)}\`, ${(model.bytes / 1e6).toFixed(1)} MB`).join('\n')}

All with the default options of \`Verifier.stream\`. A moment counts as what the stream said *then*: nothing is corrected afterwards, so the seconds that it takes to hear a new voice are errors too.

## Figures

${table(['', 'mode', 'speech', 'error', 'one at a time', `settled`, 'wrong', 'missed', 'false accept', 'of strangers'], groups.map(errorRow))}

- **error**: share of the seconds of speech in which the stream was not right. It is right when it names one of those who speak, and when it names nobody while somebody speaks who is not enrolled.
- **one at a time**: the same without seconds in which several speak. **settled**: of these, those from ${SETTLED_SECONDS} s of speech on after who speaks changed.
- **wrong** person named, **missed** (an enrolled person speaks and nobody is named), **false accept** (only people speak who are not enrolled, and one is named): shares of the seconds of speech. **of strangers**: false accepts per second in which only people speak who are not enrolled.

${table(['', 'mode', 'missed: undecided', 'rejected', 'not heard', 'first decision', 'named', `within ${SETTLED_SECONDS} s`, 'named after', 'switches', 'false'], groups.map(timeRow))}

- **first decision**: seconds of speech until the stream first decided, the median. **named**: of those enrolled who held the floor alone for ${FLOOR_SECONDS} s of speech or more, how many were named while they did, how many of these **within ${SETTLED_SECONDS} s** of their speech, and **after** how much of it, the median.
- **switches**: how often another was named than before; **false** when whoever was named had not spoken in the 3 s before.

${thresholdsSection(reports)}${choiceSection(reports)}## What was heard

- **dialogue**: Katie and Steve enroll from a clip each and talk with each other (\`katie_steve_2\`). Nobody wrote down who speaks when: the reference is the pitch of their voices, hers high and his low, and no encoder.
- **readings**: every two of five LibriSpeech readers, each enrolled from 10 s; what they read next follows each other without a pause, 5 s by turns: four turns, three switches. The default thresholds were measured on these readers among others.
- **meetings**: pieces of 30 s of the AMI corpus, by its own labels. Everybody is enrolled from what they say alone in the other clip in which they do so longest, if that is 3 s or more; the others at the table are strangers.
- **strangers**: the same pieces, listening for people of other meetings, so that everybody who speaks is a stranger; and \`katie_steve\`, in which two other people speak than those it is called after.
${refusals(reports)}
## Second by second

\`${SIGNS.silence}\` nobody speaks, or no speech was heard; \`${SIGNS.several}\` several speak; \`${SIGNS.stranger}\` somebody who is not enrolled; \`${SIGNS.undecided}\` not decided.

${timelines(reports)}`;
}

function errorRow({ name, report, figures }: Group): string[] {
  const { all } = figures;
  const missed = all.undecided + all.rejected + all.unheard;
  return [
    name,
    report.mode,
    `${all.seconds.toFixed(0)} s`,
    percent(figures.errorRate),
    percent(figures.errorRateWithoutOverlap),
    percent(figures.errorRateSettled),
    percent(all.wrong / all.seconds),
    percent(missed / all.seconds),
    percent(all['false-accept'] / all.seconds),
    percent(figures.falseAcceptRate),
  ];
}

/** The same conversations at other thresholds, the default one for comparison. */
function thresholdsSection(reports: readonly ModeReport[]): string {
  if (reports.every(({ atThresholds }) => atThresholds.length === 0)) return '';
  const rows = GROUPS.flatMap(({ name, has }) =>
    reports.flatMap(({ mode, outcomes, atThresholds }) =>
      [{ options: {}, outcomes }, ...atThresholds].map((at) => [
        name,
        mode,
        thresholdOf(at),
        ...thresholdCells(figuresOf(at.outcomes.filter(has))),
      ]),
    ),
  );
  return `## At other thresholds

Chosen and judged on the same conversations: a guide to what \`threshold\` and \`falseAcceptRate\` trade, not a setting to copy. Thresholds are on the scale of scores that the model decides by. Of several people the false-accept rate is that of all of them together.

${table(['', 'mode', 'threshold', 'error', 'settled', 'wrong', 'missed', 'of strangers', 'named'], rows)}

`;
}

/** Settings on both halves of the conversations. */
function choiceSection(reports: readonly ModeReport[]): string {
  const share = ({ ofStrangers, missed, named }: HalfFigures) => [
    percent(ofStrangers),
    percent(missed),
    named,
  ];
  const rows = reports.flatMap(({ mode, choice }) =>
    choice.settings.map(({ setting, chosenOn, judgedOn }) => [
      setting === choice.chosen ? `**${mode}**` : mode,
      `${setting.windowSeconds} s`,
      String(setting.strangerPrior),
      ...share(chosenOn),
      ...share(judgedOn),
    ]),
  );
  return `## Stranger prior and window

Several people are listened for, and a stranger has a prior. Of the clips every other one is for choosing, the others are for judging what was chosen: bold is, of the settings that name strangers for at most 5 % of their seconds in the first half, the one that misses least there, or the one that names strangers least where none keeps to it. **missed** is the share of the seconds of enrolled people in which they were not named.

${table(['mode', 'window', 'prior', 'first half: of strangers', 'missed', 'named', 'second half: of strangers', 'missed', 'named'], rows)}

`;
}

function thresholdOf({ options: { threshold, falseAcceptRate } }: AtThreshold): string {
  if (threshold !== undefined) return `score ${threshold.toFixed(2)}`;
  return falseAcceptRate === undefined ? 'default' : `for ${100 * falseAcceptRate} %`;
}

function thresholdCells(figures: Figures): string[] {
  const { all } = figures;
  return [
    percent(figures.errorRate),
    percent(figures.errorRateSettled),
    percent(all.wrong / all.seconds),
    percent((all.undecided + all.rejected + all.unheard) / all.seconds),
    percent(figures.falseAcceptRate),
    figures.floors === 0 ? '–' : `${figures.floorsNamed} of ${figures.floors}`,
  ];
}

function timeRow({ name, report, figures }: Group): string[] {
  const { all } = figures;
  return [
    name,
    report.mode,
    percent(all.undecided / all.seconds),
    percent(all.rejected / all.seconds),
    percent(all.unheard / all.seconds),
    seconds(figures.firstDecisionSeconds),
    figures.floors === 0 ? '–' : `${figures.floorsNamed} of ${figures.floors}`,
    figures.floors === 0 ? '–' : `${figures.floorsNamedSoon}`,
    seconds(figures.namedAfterSeconds),
    `${figures.switches}`,
    `${figures.falseSwitches}`,
  ];
}

function timelines(reports: readonly ModeReport[]): string {
  const [first, ...others] = reports;
  if (first === undefined) return '';
  return first.outcomes
    .filter(({ conversation }) => conversation.present)
    .map((outcome) => {
      const { clip } = outcome.conversation;
      const { spoken, letters } = drawTimeline(outcome);
      const rows = [`spoken  ${spoken}`];
      for (const { mode, outcomes } of [first, ...others]) {
        const same = outcomes.find(
          ({ conversation }) => conversation.clip === clip && conversation.present,
        );
        if (same === undefined) continue;
        const error = percent(figuresOf([same]).errorRate);
        rows.push(`${mode.padEnd(7)} ${drawTimeline(same).named}  ${error}`);
      }
      const names = [...letters].map(([speaker, letter]) => `${letter} ${speaker}`).join(', ');
      return `**${clip}**: ${names}\n\n\`\`\`\n${rows.join('\n')}\n\`\`\`\n`;
    })
    .join('\n');
}

function refusals(reports: readonly ModeReport[]): string {
  const lines = reports.flatMap(({ mode, refused }) =>
    refused.map(
      ({ voice, reason }) =>
        `- Not enrolled in ${mode} mode: ${voice.speaker} from ${voice.clip} (${reason}).`,
    ),
  );
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '–';
}

function seconds(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(1)} s` : '–';
}
