import {
  calibrationRows,
  lossRows,
  markdownTable,
  percent,
  thresholdErrorRows,
  thresholdRows,
} from '../../../src/evaluate/calibrate/measured-section.js';
import type { Manifest } from '../../../src/models/manifest.js';
import { worstList } from '../../../src/models/thresholds.js';
import type { MeasuredRate } from './measure-conditions.js';
import type { MeasuredModel, MeasuredPeer } from './measured-model.js';

/**
 * A model card: prose in which `{{name}}` stands for a number or a table that was measured.
 *
 * @throws Error for a name that stands for nothing.
 */
export function cardOf(
  prose: string,
  manifest: Manifest,
  measured: MeasuredModel,
  peers: readonly MeasuredPeer[],
): string {
  const parts = partsOf(manifest, measured, peers);
  return prose.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) {
      throw new Error(`{{${name}}} stands for nothing; there are ${Object.keys(parts).join(', ')}`);
    }
    return part;
  });
}

function partsOf(
  manifest: Manifest,
  measured: MeasuredModel,
  peers: readonly MeasuredPeer[],
): Readonly<Record<string, string>> {
  const { calibration, normalized, conditions, precisions, cohort } = measured;
  const decisive = normalized ? (calibration.normalized ?? calibration.cosine) : calibration.cosine;
  const [laxest] = decisive.thresholds;
  const worst = laxest && worstList(laxest);
  return {
    name: manifest.name,
    version: manifest.version,
    licence: manifest.licence,
    upstream: manifest.upstream.class,
    parameters: measured.parameters.toLocaleString('en'),
    megabytes: (manifest.files.model.bytes / 1e6).toFixed(2),
    embeddingSize: String(manifest.embeddingSize),
    minimumSeconds: String(manifest.minimumSeconds),
    recommendedSeconds: String(manifest.recommendedSeconds),
    frontEnd: `\`${manifest.frontEnd.recipe}\` ${code(JSON.stringify(manifest.frontEnd.parameters))}`,
    cohortSpeakers: String(cohort.speakers),
    eers: markdownTable(errorRows(calibration.figures)),
    trialCounts: trialCounts(calibration.figures),
    thresholdScale: normalized
      ? 'normalised scores (AS-norm): how many standard deviations a score lies above the nearest impostors of the cohort'
      : 'the cosine',
    thresholds: markdownTable(thresholdRows(decisive.thresholds)),
    thresholdErrors: markdownTable(thresholdErrorRows(decisive.thresholds)),
    defaultFalseRejects: (laxest?.lists ?? [])
      .flatMap(({ list, lengths }) => {
        const at = lengths.find(({ seconds }) => seconds === null);
        return at === undefined || /,/.test(list)
          ? []
          : [`${percent(at.falseRejectRate)} (${list})`];
      })
      .join(' and '),
    worstFalseRejects:
      worst === undefined ? '–' : `${percent(worst.falseRejectRate)} (${worst.list})`,
    calibration: markdownTable(calibrationRows(decisive)),
    across: markdownTable(lossRows(decisive.across)),
    normalization: normalizationText(measured),
    conditions: markdownTable([
      ['condition', ...lists(conditions[0]?.rates ?? [])],
      ['as it is', ...whole(calibration.figures)],
      ...conditions.map(({ title, rates }) => [title, ...rates.map(rate)]),
    ]),
    precisions: markdownTable([
      ['weights', 'size', ...lists(precisions[0]?.rates ?? []), 'least cosine to float32'],
      ...precisions.map(({ precision, bytes, rates, leastCosine }) => [
        precision,
        `${(bytes / 1e6).toFixed(2)} MB`,
        ...rates.map(rate),
        leastCosine.toFixed(6),
      ]),
    ]),
    peers: markdownTable([
      ['system', 'speechocean', 'librispeech', 'what it is'],
      [`**${manifest.name} ${manifest.version}**`, ...whole(calibration.figures), 'this model'],
      ...peers.map(({ name, full, note }) => [
        name,
        `${full.speechocean?.toFixed(1) ?? '–'} %`,
        `${full.librispeech?.toFixed(1) ?? '–'} %`,
        note,
      ]),
    ]),
  };
}

type Figures = Manifest['figures'];

function listsOf(figures: Figures): readonly string[] {
  return [...new Set(figures.map(({ list }) => list))];
}

function errorRows(figures: Figures): readonly (readonly string[])[] {
  const lengths = [...new Set(figures.map(({ seconds }) => seconds))].reverse();
  return [
    ['trials', ...lengths.map((seconds) => (seconds === null ? 'full' : `${seconds} s`))],
    ...listsOf(figures).map((list) => [
      list,
      ...lengths.map((length) => {
        const found = figures.find((entry) => entry.list === list && entry.seconds === length);
        return found === undefined ? '–' : rate(found);
      }),
    ]),
  ];
}

function whole(figures: Figures): readonly string[] {
  return figures.filter(({ seconds }) => seconds === null).map(rate);
}

function trialCounts(figures: Figures): string {
  return figures
    .filter(({ seconds }) => seconds === null)
    .map(
      ({ list, targets, nontargets }) =>
        `${list}: ${targets.toLocaleString('en')} target and ${nontargets.toLocaleString('en')} nontarget trials`,
    )
    .join('; ');
}

/** AS-norm beside the cosine, whether it ships or not. */
function normalizationText({ calibration, normalized, cohort }: MeasuredModel): string {
  const { compared, cosine, normalized: scale } = calibration;
  if (scale === undefined) return 'Scores are cosines; no cohort was measured.';
  const rows = [
    ['list', 'length', 'EER by cosine', 'EER normalised'],
    ...compared.map(({ list, seconds, cosineEer, normalizedEer }) => [
      list,
      seconds === null ? 'full' : `${seconds} s`,
      percent(cosineEer),
      percent(normalizedEer),
    ]),
  ];
  const least = scale.least
    .map(
      ({ list, minCllr }, i) =>
        `${list} ${(cosine.least[i]?.minCllr ?? Number.NaN).toFixed(3)} to ${minCllr.toFixed(3)}`,
    )
    .join(', ');
  const verdict = normalized
    ? `Scores are normalised by a cohort of ${cohort.speakers || 'some'} training speakers that ships with the model.`
    : 'It is **not** switched on: it did not pay on these lists.';
  return `${verdict} Pauses left out; least Cllr of whole utterances goes from ${least}.\n\n${markdownTable(rows)}`;
}

function lists(rates: readonly MeasuredRate[]): readonly string[] {
  return rates.map(({ list }) => list);
}

function rate({ eer, interval }: Pick<MeasuredRate, 'eer' | 'interval'>): string {
  const share = (value: number) => (value * 100).toFixed(1);
  return `${share(eer)} (${share(interval[0])}–${share(interval[1])})`;
}

function code(text: string): string {
  return `\`${text}\``;
}
