import type { Evaluation } from '../metrics/evaluation/evaluation.js';
import type { Figures } from '../metrics/evaluation/figures.js';
import { formatTable } from './output.js';

/** An evaluation as a table for people. */
export function evaluationTable(evaluation: Evaluation): string {
  const { model, skipped } = evaluation;
  const { normalized } = evaluation;
  return [
    `model ${model.name} ${model.version} (${model.sha256.slice(0, 8)})${evaluation.speechOnly ? ', pauses left out' : ''}`,
    '',
    ...figuresTable(evaluation.bySeconds),
    ...(normalized === null
      ? []
      : [
          '',
          `after AS-norm with ${normalized.cohort} cohort speakers, which the model decides by`,
          '',
          ...figuresTable(normalized.bySeconds),
        ]),
    '',
    'minDCF and actDCF at target priors 0.01 / 0.05, both costs 1; intervals by speaker',
    ...evaluation.notes,
    ...(skipped.files.length > 0
      ? [
          `left out: ${skipped.files.length} files, ${skipped.trials} trials`,
          ...skipped.files.map(({ file, reason }) => `  ${file}: ${reason}`),
        ]
      : []),
    '',
  ].join('\n');
}

function figuresTable(bySeconds: Evaluation['bySeconds']): readonly string[] {
  const header = ['length', 'EER', '95 %', 'minDCF', 'actDCF', 'Cllr', 'minCllr', 'trials'];
  const rows = Object.entries(bySeconds).map(([length, figures]) =>
    rowOf(length === 'full' ? 'full' : `${length} s`, figures),
  );
  return formatTable([header, ...rows]);
}

function rowOf(length: string, figures: Figures): readonly string[] {
  const percent = (rate: number) => (rate * 100).toFixed(2);
  const costs = (byPrior: Readonly<Record<string, number>> | null) =>
    byPrior === null
      ? '–'
      : Object.values(byPrior)
          .map((cost) => cost.toFixed(3))
          .join(' / ');
  return [
    length,
    `${percent(figures.eer)} %`,
    figures.intervals.eer.map(percent).join('–'),
    costs(figures.minDcf),
    costs(figures.actDcf),
    figures.cllr?.toFixed(3) ?? '–',
    figures.minCllr.toFixed(3),
    `${figures.trials} (${figures.targets} target)`,
  ];
}
