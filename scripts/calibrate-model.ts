/**
 * Measures a model folder on the development trials and writes thresholds, calibration and figures
 * into its manifest.json:
 *
 *     npx tsx scripts/calibrate-model.ts models/default
 *
 * Thresholds and calibration are measured on speech without its pauses, which is what the verifier
 * scores; figures on whole files, which is how published ones are made. The calibration that is
 * written is fitted on both lists; how well it carries over is shown by fitting on one and judging
 * on the other. Set VOICEPRINT_SHARED where the recordings are not in ../shared.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EmbeddedTrials, embedTrials } from '../src/cli/evaluate/evaluate.js';
import { type Figures, figuresOf, scoreTrials } from '../src/cli/evaluate/figures.js';
import { runWorker } from '../src/cli/evaluate/worker.js';
import { WORKER_FLAG } from '../src/cli/evaluate/worker-messages.js';
import { withProgressBar } from '../src/cli/evaluate-command.js';
import { formatTable } from '../src/cli/output.js';
import {
  applyCalibration,
  type Calibration,
  fitCalibration,
  llrCost,
  minimumLlrCost,
  rankTrials,
  supportedFalseAcceptRate,
  thresholdAtFalseAcceptRate,
} from '../src/metrics.js';
import { type Manifest, parseManifest } from '../src/models/manifest.js';

const LISTS = ['speechocean', 'librispeech'] as const;
const FALSE_ACCEPT_RATES = [0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

/** Scored trials of any number of lists and lengths. */
interface Trials {
  readonly scores: readonly number[];
  readonly labels: readonly number[];
  readonly seconds: readonly number[];
}

async function main(folder: string): Promise<void> {
  const path = join(folder, 'manifest.json');
  const manifest = parseManifest(JSON.parse(await readFile(path, 'utf8')), path);
  const whole = await embedLists(folder, false);
  const figures = whole.flatMap((embedded, i) => figuresOfList(LISTS[i] ?? '', embedded));
  const speech = await embedLists(folder, true);
  const byList = speech.map(everyLength);
  print('figures on whole files', figureRows(figures));
  print('calibration fitted on one list, judged on the other', judgeAcross(speech, byList));
  const calibration = fitCalibration(pooled(byList));
  print('calibration written', [
    ['up to seconds', 'scale', 'offset'],
    ...calibration.map(({ maximumSeconds, scale, offset }) => [
      String(maximumSeconds ?? 'any'),
      scale.toFixed(3),
      offset.toFixed(3),
    ]),
  ]);
  const thresholds = measureThresholds(speech.map((embedded) => atLength(embedded, null)));
  const updated: Manifest = parseManifest({ ...manifest, thresholds, calibration, figures }, path);
  await writeFile(path, `${JSON.stringify(updated, null, 2)}\n`);
}

async function embedLists(model: string, speechOnly: boolean): Promise<readonly EmbeddedTrials[]> {
  const root = join(process.env.VOICEPRINT_SHARED ?? '../shared', 'speech', 'dev');
  const embedded: EmbeddedTrials[] = [];
  for (const name of LISTS) {
    const trials = join(root, 'trials', `${name}.txt`);
    embedded.push(
      await withProgressBar((onProgress) =>
        embedTrials({ model, trials, root, speechOnly, onProgress }),
      ),
    );
  }
  return embedded;
}

function figuresOfList(name: string, embedded: EmbeddedTrials): Manifest['figures'] {
  return embedded.lengths.map((seconds, i) => {
    const scored = scoreTrials(
      embedded.list,
      embedded.embeddings.map((ofFile) => ofFile?.[i]),
    );
    const { eer, intervals, targets, trials }: Figures = figuresOf(embedded.list, scored, []);
    const interval: [number, number] = [rounded(intervals.eer[0]), rounded(intervals.eer[1])];
    const list = `dev/trials/${name}.txt`;
    return { list, seconds, eer: rounded(eer), interval, targets, nontargets: trials - targets };
  });
}

/** The trials of one list at one length. */
function atLength(embedded: EmbeddedTrials, length: number | null): Trials {
  const at = embedded.lengths.indexOf(length);
  const { scores, labels, seconds } = scoreTrials(
    embedded.list,
    embedded.embeddings.map((ofFile) => ofFile?.[at]),
  );
  return { scores: [...scores], labels: [...labels], seconds: [...seconds] };
}

/** The trials of one list at every length; those too short for a length do not count for it. */
function everyLength(embedded: EmbeddedTrials): Trials {
  return pooled(
    embedded.lengths.map((length) => {
      const trials = atLength(embedded, length);
      const reached = trials.seconds.map((seconds) => length === null || seconds >= length);
      const chosen = (values: readonly number[]) => values.filter((_, i) => reached[i]);
      return {
        scores: chosen(trials.scores),
        labels: chosen(trials.labels),
        seconds: chosen(trials.seconds),
      };
    }),
  );
}

function pooled(lists: readonly Trials[]): Trials {
  return {
    scores: lists.flatMap(({ scores }) => scores),
    labels: lists.flatMap(({ labels }) => labels),
    seconds: lists.flatMap(({ seconds }) => seconds),
  };
}

function judgeAcross(
  speech: readonly EmbeddedTrials[],
  byList: readonly Trials[],
): readonly (readonly string[])[] {
  const rows = speech.flatMap((embedded, judged) => {
    const others = byList.filter((_, i) => i !== judged);
    const calibration = fitCalibration(pooled(others));
    return embedded.lengths.map((length) => {
      const trials = atLength(embedded, length);
      const { cllr, minCllr } = calibrationCosts(trials, calibration);
      return [
        LISTS[judged] ?? '',
        length === null ? 'full' : `${length} s`,
        cllr.toFixed(4),
        minCllr.toFixed(4),
        (cllr - minCllr).toFixed(4),
      ];
    });
  });
  return [['judged on', 'length', 'Cllr', 'minCllr', 'loss'], ...rows];
}

function calibrationCosts(trials: Trials, calibration: Calibration) {
  const llrs = trials.scores.map((score, i) =>
    applyCalibration(calibration, score, trials.seconds[i] ?? 0),
  );
  return {
    cllr: llrCost(rankTrials(llrs, trials.labels)),
    minCllr: minimumLlrCost(rankTrials(trials.scores, trials.labels)),
  };
}

/**
 * The threshold of a rate is the highest that any list needs: pooled trials would let a large easy
 * list hide what happens on a small hard one. Impostor trials stay within a list.
 */
function measureThresholds(lists: readonly Trials[]): Manifest['thresholds'] {
  const ranked = lists.map(({ scores, labels }) => rankTrials(scores, labels));
  const supported = FALSE_ACCEPT_RATES.filter((rate) =>
    ranked.every(({ nontargets }) => rate >= supportedFalseAcceptRate(nontargets)),
  );
  const measured = supported.map((rate) =>
    ranked
      .map((trials) => thresholdAtFalseAcceptRate(trials, rate))
      .reduce((strictest, other) => (other.score > strictest.score ? other : strictest)),
  );
  print('thresholds (speech only, full length)', [
    [
      'false-accept rate',
      'score',
      ...LISTS.map((name) => `FAR ${name}`),
      ...LISTS.map((name) => `FRR ${name}`),
    ],
    ...measured.map(({ falseAcceptRate, score }) => [
      String(falseAcceptRate),
      score.toFixed(4),
      ...lists.map((list) => acceptedShare(list, score, 0).toFixed(4)),
      ...lists.map((list) => (1 - acceptedShare(list, score, 1)).toFixed(4)),
    ]),
  ]);
  return measured.map(({ falseAccepts: _, ...threshold }) => ({
    ...threshold,
    score: rounded(threshold.score),
    falseRejectRate: rounded(threshold.falseRejectRate),
  }));
}

/** Share of the trials with a label (1 target, 0 nontarget) that score at least `threshold`. */
function acceptedShare({ scores, labels }: Trials, threshold: number, label: 0 | 1): number {
  const chosen = scores.filter((_, i) => labels[i] === label);
  return chosen.filter((score) => score >= threshold).length / chosen.length;
}

function figureRows(figures: Manifest['figures']): readonly (readonly string[])[] {
  return [
    ['list', 'length', 'EER %', '95 %', 'targets', 'nontargets'],
    ...figures.map(({ list, seconds, eer, interval, targets, nontargets }) => [
      list,
      seconds === null ? 'full' : `${seconds} s`,
      (eer * 100).toFixed(2),
      interval.map((end) => (end * 100).toFixed(2)).join('–'),
      String(targets),
      String(nontargets),
    ]),
  ];
}

function print(title: string, rows: readonly (readonly string[])[]): void {
  process.stdout.write(`${title}\n${formatTable(rows).join('\n')}\n\n`);
}

function rounded(value: number): number {
  return Number(value.toFixed(5));
}

const [, , argument] = process.argv;
if (process.argv.includes(WORKER_FLAG)) runWorker();
else if (argument === undefined) {
  process.stderr.write('usage: npx tsx scripts/calibrate-model.ts models/NAME\n');
  process.exitCode = 2;
} else await main(argument);
