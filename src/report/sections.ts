import type { LengthDetails, ScaleDetails } from '../metrics/evaluation/details.js';
import { calibrationFigure } from './calibration-plot.js';
import { detFigure } from './det-plot.js';
import { histogramFigure, type ScoreMark } from './histogram-plot.js';
import { lengthFigure } from './length-plot.js';
import { Markup, markup } from './markup.js';
import { type Column, table } from './table.js';
import type { Report } from './types.js';
import {
  cost,
  costInterval,
  count,
  exactInterval,
  exactPercent,
  lengthWords,
  percent,
  percentInterval,
  plural,
  scaleWords,
  score,
  seconds,
} from './words.js';

function section(id: string, heading: string, contents: Markup): Markup {
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${contents}</section>`;
}

/** What it comes down to, in words and in large figures. */
export function summarySection({ evaluation, details, about }: Report): Markup {
  const { model } = evaluation;
  const { list } = details;
  const { eer, intervals, minDcf, cllr, minCllr } = evaluation.normalized ?? evaluation;
  const wrong = Math.max(1, Math.round(1 / Math.max(eer, 1e-9)));
  const words =
    eer === 0
      ? 'Every right person scored above every impostor on this list. That is no promise of an error rate of 0: see below.'
      : `At the threshold where both errors are equal, about one in ${count(wrong)} attempts by the right person is rejected, and about one in ${count(wrong)} attempts by somebody else is accepted.`;
  return markup`<header><p class="kind">Speaker verification report</p>
<h1>${model.name} ${model.version} on ${about.list}</h1>
<p class="lead">${words} Measured on ${plural(list.trials - evaluation.skipped.trials, 'trial')} of ${plural(list.speakers, 'speaker')}, ${about.date.slice(0, 10)}.</p>
<dl class="headline">
<div><dt>Equal error rate, ${lengthWords(lastLength(details.cosine.lengths))}</dt><dd>${exactPercent(eer)}</dd><dd class="between">95 %: ${exactInterval(intervals.eer)}</dd></div>
${Object.entries(minDcf).map(([prior, value]) => {
  const interval = intervals.minDcf[prior];
  return markup`<div><dt>minDCF, target prior ${prior}</dt><dd>${cost(value)}</dd><dd class="between">${interval === undefined ? '' : markup`95 %: ${costInterval(interval)}`}</dd></div>`;
})}
<div><dt>Cllr, and the least it could be</dt><dd>${cllr === null ? '–' : cost(cllr)} <small>/ ${cost(minCllr)}</small></dd><dd class="between">${cllr === null ? 'the model is not calibrated' : '0 is perfect, 1 says nothing'}</dd></div>
</dl></header>`;
}

function lastLength(lengths: readonly LengthDetails[]) {
  return lengths.at(-1)?.length ?? null;
}

/** What limits the figures. */
export function notesSection({ evaluation }: Report): Markup {
  return section(
    'notes',
    'Before you rely on this',
    markup`<ul class="notes">${evaluation.notes.map((note) => markup`<li>${note}</li>`)}
<li>The figures hold for people, languages, microphones and rooms like those in the list, and for nobody else.</li>
<li>Nobody tried to cheat here. A replayed recording or a cloned voice can pass any plain speaker encoder; voice alone is no authenticator (NIST SP 800-63B-4).</li></ul>`,
  );
}

/** Every figure at every length. */
export function figuresSection({ evaluation, details }: Report): Markup {
  const priors = Object.keys(evaluation.minDcf);
  const { cosine, normalized } = details;
  return section(
    'figures',
    'Figures by length',
    markup`${
      normalized === null
        ? ''
        : figuresTable(
            normalized,
            priors,
            `Normalised scores (AS-norm, ${count(evaluation.normalized?.cohort ?? 0)} cohort speakers): what the model decides by.`,
          )
    }${figuresTable(cosine, priors, normalized === null ? 'Cosine scores.' : 'Cosine scores, before normalisation.')}
<p class="hint">Both sides of each trial are cut to the length, from the start. Small: 95 % intervals by speaker. Detection costs: a miss costs 1, a false accept costs 1, at target priors ${priors.join(' and ')}; divided by the cost of the better of always accepting and always rejecting. minDCF takes the best threshold of this list, actDCF the Bayes threshold of the calibrated ratios.</p>
<div class="plots">${detFigure((normalized ?? cosine).lengths, normalized === null ? undefined : cosine.lengths.at(-1))}${lengthFigure((normalized ?? cosine).lengths)}</div>`,
  );
}

function figuresTable(
  { lengths }: ScaleDetails,
  priors: readonly string[],
  caption: string,
): Markup {
  const calibrated = lengths[0]?.figures.actDcf !== null;
  const withInterval = (value: string, interval: string): Markup =>
    markup`${value}<span class="between">${interval}</span>`;
  const columns: Column[] = [
    { heading: 'length', kind: 'name' },
    { heading: 'EER' },
    ...priors.map((prior) => ({ heading: markup`minDCF<br>${prior}` })),
    ...(calibrated ? priors.map((prior) => ({ heading: markup`actDCF<br>${prior}` })) : []),
    ...(calibrated ? [{ heading: 'Cllr' }] : []),
    { heading: 'minCllr' },
    { heading: 'trials' },
    { heading: 'target' },
  ];
  const rows = lengths.map(({ length, figures }) => {
    const { intervals } = figures;
    const costs = (
      values: Readonly<Record<string, number>> | null,
      between: typeof intervals.minDcf | null,
    ) =>
      priors.map((prior) =>
        withInterval(cost(values?.[prior] ?? 0), costInterval(between?.[prior] ?? [0, 0])),
      );
    return [
      lengthWords(length),
      withInterval(exactPercent(figures.eer), exactInterval(intervals.eer)),
      ...costs(figures.minDcf, intervals.minDcf),
      ...(calibrated ? costs(figures.actDcf, intervals.actDcf) : []),
      ...(calibrated
        ? [withInterval(cost(figures.cllr ?? 0), costInterval(intervals.cllr ?? [0, 0]))]
        : []),
      withInterval(cost(figures.minCllr), costInterval(intervals.minCllr)),
      count(figures.trials),
      count(figures.targets),
    ];
  });
  return table(caption, columns, rows);
}

/** Histograms and calibration, per length. */
export function scoresSection({ details }: Report): Markup {
  const { scale, lengths, statedThresholds } = details.normalized ?? details.cosine;
  const marks = (of: LengthDetails): readonly ScoreMark[] => [
    { at: of.equalError.threshold, words: 'equal error' },
    ...(of.length === null
      ? statedThresholds.slice(0, 1).map(({ stated }) => ({
          at: stated.score,
          words: `the model's threshold for ${percent(stated.falseAcceptRate)} false accepts`,
        }))
      : []),
  ];
  const draw = (of: LengthDetails): Markup =>
    markup`<div class="plots">${histogramFigure(of, marks(of), scaleWords(scale))}${of.reliability === null ? '' : calibrationFigure(of)}</div>`;
  const [longest, ...others] = [...lengths].reverse();
  return section(
    'scores',
    'Scores and calibration',
    markup`${longest === undefined ? '' : draw(longest)}${
      others.length === 0
        ? ''
        : markup`<details><summary>At ${others.map(({ length }) => lengthWords(length)).join(', ')}</summary>${others.map(draw)}</details>`
    }`,
  );
}

/** Thresholds, and how many trials stand behind each. */
export function thresholdsSection({ details, evaluation }: Report): Markup {
  const decided = details.normalized ?? details.cosine;
  const stated = decided.statedThresholds;
  const on = decided.scale === 'cosine' ? '' : ', on normalised scores';
  const nontargets = evaluation.trials - evaluation.targets;
  return section(
    'thresholds',
    'Thresholds',
    markup`${
      stated.length === 0
        ? ''
        : table(
            `What the thresholds that the model ships with do on this list, at full length${on}`,
            [
              { heading: 'claimed false accepts', kind: 'name' },
              { heading: 'score' },
              { heading: 'false accepts here' },
              { heading: '95 %' },
              { heading: 'misses here' },
              { heading: '95 %' },
            ],
            stated.map((check) => [
              percent(check.stated.falseAcceptRate),
              score(check.stated.score),
              markup`${percent(check.falseAcceptRate)}<span class="between">${count(check.falseAccepts)} of ${count(nontargets)}</span>`,
              percentInterval(check.falseAcceptInterval),
              markup`${percent(check.missRate)}<span class="between">${count(check.missed)} of ${count(evaluation.targets)}</span>`,
              percentInterval(check.missInterval),
            ]),
          )
    }
${table(
  `Thresholds that this list would give, at full length${on}`,
  [
    { heading: 'false accepts', kind: 'name' },
    { heading: 'score' },
    { heading: 'false accepts counted' },
    { heading: 'misses' },
    { heading: 'nontarget trials needed' },
  ],
  decided.thresholds.map(({ falseAcceptRate, measured, needed }) => [
    percent(falseAcceptRate),
    measured === null ? '–' : score(measured.score),
    measured === null
      ? nontargets < needed
        ? 'not supported'
        : 'tied scores'
      : `${count(measured.falseAccepts)} of ${count(measured.nontargets)}`,
    measured === null ? '–' : percent(measured.falseRejectRate),
    count(needed),
  ]),
)}
<p class="hint">Rule of three: n nontarget trials support no false-accept rate below 3 / n, here ${percent(3 / nontargets)}. Trials that share speakers are not independent, so even that is optimistic. Choose a threshold on one list and judge it on another.</p>`,
  );
}

/** Who and what goes wrong. */
export function errorsSection({ details }: Report): Markup {
  const { scale, worst, speakers, durations, lengths } = details.normalized ?? details.cosine;
  const longest = lengths.at(-1);
  const threshold = longest?.equalError.threshold ?? 0;
  const rate = (errors: number, of: number): Markup =>
    of === 0
      ? markup`–`
      : markup`${percent(errors / of)}<span class="between">${count(errors)} of ${count(of)}</span>`;
  const trials = (caption: string, list: typeof worst.targets): Markup =>
    table(
      caption,
      [
        { heading: 'score', kind: 'number' },
        { heading: 'enrolled', kind: 'name' },
        { heading: 'tested', kind: 'name' },
        { heading: 'audio' },
      ],
      list.map((trial) => [
        score(trial.score),
        markup`<code>${trial.enroll}</code>`,
        markup`<code>${trial.test}</code>`,
        seconds(trial.seconds),
      ]),
    );
  const columns = (first: string): Column[] => [
    { heading: first, kind: 'name' },
    { heading: 'misses' },
    { heading: 'false accepts' },
  ];
  return section(
    'errors',
    'Where it goes wrong',
    markup`<p class="hint">At full length, and at the ${scaleWords(scale)} of equal error, ${score(threshold)}.</p>
${table(
  'By the audio of the shorter side',
  columns('seconds'),
  durations.map(({ from, to, targets, missed, nontargets, accepted }) => [
    to === null ? `above ${from}` : `${from} to ${to}`,
    rate(missed, targets),
    rate(accepted, nontargets),
  ]),
)}
${
  speakers.length === 0
    ? markup`<p>No speaker suffers an error at this threshold.</p>`
    : table(
        'Speakers with most errors',
        columns('speaker'),
        speakers.map(({ speaker, targets, missed, nontargets, accepted }) => [
          markup`<code>${speaker}</code>`,
          rate(missed, targets),
          rate(accepted, nontargets),
        ]),
      )
}
${trials('Different people that scored highest', worst.nontargets)}
${trials('The same person that scored lowest', worst.targets)}`,
  );
}

/** Files that were left out. */
export function skippedSection({ evaluation }: Report): Markup {
  const { files, trials } = evaluation.skipped;
  if (files.length === 0) return new Markup('');
  return section(
    'left-out',
    'Files that were left out',
    table(
      `${plural(files.length, 'file')}, and with them ${plural(trials, 'trial')}`,
      [
        { heading: 'file', kind: 'name' },
        { heading: 'why', kind: 'name' },
      ],
      files.map(({ file, reason }) => [markup`<code>${file}</code>`, reason]),
    ),
  );
}

/** Everything that is needed to do it again. */
export function methodSection({ about, evaluation, details }: Report): Markup {
  const { list } = details;
  const facts: readonly (readonly [string, string | Markup | undefined])[] = [
    ['Model', `${evaluation.model.name} ${evaluation.model.version}`],
    ['SHA-256 of the model', markup`<code>${evaluation.model.sha256}</code>`],
    ['Trial list', about.list],
    ['SHA-256 of the list', about.listSha256 && markup`<code>${about.listSha256}</code>`],
    [
      'In the list',
      `${plural(list.trials, 'trial')} (${count(list.targets)} target), ${plural(list.files, 'file')}, ${plural(list.speakers, 'speaker')}; ${plural(list.duplicates, 'repeated trial')}`,
    ],
    ['Audio', evaluation.speechOnly ? 'pauses left out before lengths were cut' : 'whole files'],
    [
      'Score',
      evaluation.normalized === null
        ? 'cosine of the two embeddings'
        : 'cosine of the two embeddings, then adaptive symmetric normalisation (AS-norm)',
    ],
    ['Command', about.command && markup`<code>${about.command}</code>`],
    ['Measured by', about.program],
    ['Date', about.date],
  ];
  return section(
    'method',
    'How it was measured',
    markup`<dl class="facts">${facts.map(([name, value]) =>
      value === undefined || value === ''
        ? ''
        : markup`<div><dt>${name}</dt><dd>${value}</dd></div>`,
    )}</dl>
<h3>Words</h3>
<dl class="words">
<div><dt>Trial</dt><dd>One enrolled recording against one test recording. Target: the same person spoke both. Nontarget: two different people, as with an impostor who does not try.</dd></div>
<div><dt>EER</dt><dd>Equal error rate: the share of errors at the threshold where misses and false accepts are equally frequent.</dd></div>
<div><dt>DCF</dt><dd>Detection cost where a share of attempts (the prior) is by the right person; 1 is no better than a fixed answer.</dd></div>
<div><dt>Cllr</dt><dd>What the stated likelihood ratios cost over all priors, in bits. minCllr is what the best calibration of the same scores would cost.</dd></div>
<div><dt>95 % interval</dt><dd>From 1,000 draws of the speakers with replacement (fewer for lists of millions). Trials of one speaker stand and fall together, so drawing trials would give intervals that are far too narrow.</dd></div>
</dl>`,
  );
}
