import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { VoiceprintError } from '../../errors.js';
import type { ModelCalibration } from '../../evaluate/calibrate/calibrate-model.js';
import { judgedRows } from '../../evaluate/calibrate/judge-manifest.js';
import {
  calibrationRows,
  comparisonRows,
  lossRows,
  measuredSection,
  NO_THRESHOLD,
  thresholdErrorRows,
  thresholdRows,
  withMeasuredSection,
} from '../../evaluate/calibrate/measured-section.js';
import {
  type ListSource,
  type RecalibrateOptions,
  type Recalibration,
  recalibrate,
} from '../../evaluate/calibrate/recalibrate.js';
import { EVALUATE_DEFAULTS } from '../../evaluate/evaluate.js';
import { checkOutputFolder, writeOutputFolder } from '../../models/output-folder.js';
import { isAddress } from '../../models/registry.js';
import { locateModelInNode } from '../../models/registry-node.js';
import { withProgressBar } from '../files-progress.js';
import { formatTable, printJson, printLines } from '../output.js';

interface CalibrateFlags {
  readonly model: string;
  readonly trials: readonly string[];
  readonly root: readonly string[];
  readonly cohort?: string;
  readonly normalize: boolean;
  readonly seconds?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly skipUnreadable?: boolean;
  readonly cache: string | false;
  readonly workers?: string;
  readonly json?: boolean;
}

/** `voiceprint calibrate --model DIR --trials FILE --root DIR --out DIR`: a model for one's own users. */
export function registerCalibrate(program: Command): void {
  const several = (value: string, before: readonly string[]) => [...before, value];
  program
    .command('calibrate')
    .description(
      'measure thresholds, calibration and figures of a model on trials of your own users',
    )
    .requiredOption(
      '--trials <file>',
      'trial list; may be repeated, each is measured by itself',
      several,
      [],
    )
    .requiredOption(
      '--root <dir>',
      'folder that its names are relative to; one, or one per list',
      several,
      [],
    )
    .option('--model <model>', 'a name in models/, a model folder, or a URL', 'default')
    .option('--out <dir>', 'the model folder to write')
    .option('--force', 'replace what is in --out; without --out, the model itself')
    .option(
      '--cohort <dir>',
      'recordings to normalise scores with, one folder per speaker; none of them in the trials',
    )
    .option('--no-normalize', 'compare cosines even where the model has a cohort')
    .option(
      '--seconds <s>',
      'measure on the first so many seconds only, instead of 1, 2, 3, 5 and all',
    )
    .option('--skip-unreadable', 'leave out trials whose audio cannot be read')
    .option('--cache <dir>', 'where embeddings are kept', EVALUATE_DEFAULTS.cacheFolder)
    .option('--no-cache', 'keep no embeddings')
    .option('--workers <n>', 'processes that embed (default: one per core)')
    .option('--json', 'print one JSON object')
    .action(calibrate);
}

async function calibrate(flags: CalibrateFlags): Promise<void> {
  const lists = listsOf(flags);
  const target = targetOf(flags);
  if (target !== undefined) await checkOutputFolder(target, flags.force === true);
  const result = await recalibrate({
    ...optionsOf(flags),
    lists,
    withProgress: withProgressBar,
  });
  if (target !== undefined) await write(target, flags, result);
  if (flags.json === true) {
    const { judged, measured, skipped, after } = result;
    printJson({ out: target ?? null, judged, measured, skipped, manifest: after });
  } else printLines(describe(result, target));
}

/** Pairs lists with folders: one folder may serve all of them. */
function listsOf({ trials, root }: CalibrateFlags): readonly ListSource[] {
  const [first = ''] = root;
  if (root.length !== 1 && root.length !== trials.length) {
    throw new VoiceprintError(
      'cli/usage',
      `there are ${trials.length} --trials and ${root.length} --root; give one --root for all, or one for each in the same order`,
    );
  }
  return trials.map((list, i) => ({ trials: list, root: root[i] ?? first }));
}

/** The folder to write; undefined where the result is only shown. */
function targetOf({ out, force, model }: CalibrateFlags): string | undefined {
  if (out !== undefined || force !== true) return out;
  const { manifest } = locateModelInNode(model);
  if (manifest.protocol === 'file:') return dirname(fileURLToPath(manifest));
  throw new VoiceprintError(
    'cli/usage',
    `${model} is not a folder of this machine, which --force could replace; give --out`,
  );
}

function optionsOf(flags: CalibrateFlags): Omit<RecalibrateOptions, 'lists'> {
  const number = (flag: string, text: string) => {
    const value = Number(text);
    if (value > 0 && Number.isFinite(value)) return value;
    throw new VoiceprintError('cli/usage', `${flag} is "${text}"; give a number above 0`);
  };
  return {
    model: flags.model,
    normalize: flags.normalize,
    skipUnreadable: flags.skipUnreadable ?? false,
    cacheFolder: flags.cache === false ? null : flags.cache,
    ...(flags.cohort === undefined ? {} : { cohort: flags.cohort }),
    ...(flags.seconds === undefined ? {} : { seconds: number('--seconds', flags.seconds) }),
    ...(flags.workers === undefined
      ? {}
      : { workers: Math.ceil(number('--workers', flags.workers)) }),
  };
}

async function write(target: string, flags: CalibrateFlags, result: Recalibration): Promise<void> {
  const text = new TextEncoder();
  const card = withMeasuredSection(await cardOf(flags.model), measuredSection(usedOf(result)));
  const files = new Map(result.files);
  files.set('manifest.json', text.encode(`${JSON.stringify(result.after, undefined, 2)}\n`));
  files.set('README.md', text.encode(card));
  await writeOutputFolder(target, files, flags.force === true);
}

/** The model card, where the model is a folder that has one. */
async function cardOf(model: string): Promise<string> {
  const title = `# ${model}\n`;
  if (isAddress(model) && !model.startsWith('file:')) return title;
  const { manifest } = locateModelInNode(model);
  const path = join(dirname(fileURLToPath(manifest)), 'README.md');
  return readFile(path, 'utf8').catch(() => title);
}

/** What was measured on the scores that the new manifest asks for. */
function usedOf({ measured, after }: Recalibration): ModelCalibration {
  return after.normalization === undefined ? { ...measured, normalized: undefined } : measured;
}

function describe({ judged, measured, after, skipped }: Recalibration, target?: string): string[] {
  const { cosine, normalized, compared } = measured;
  const decisive = after.normalization === undefined ? cosine : (normalized ?? cosine);
  const table = (title: string, rows: readonly (readonly string[])[]) => [
    title,
    ...formatTable(rows),
    '',
  ];
  return [
    ...table('thresholds and calibration before and after, whole utterances', judgedRows(judged)),
    ...(decisive.thresholds.length > 0
      ? [
          ...table('thresholds', thresholdRows(decisive.thresholds)),
          ...table(
            'false accepts / false rejects in % on every list, by seconds of speech',
            thresholdErrorRows(decisive.thresholds),
          ),
        ]
      : [`no threshold: ${NO_THRESHOLD}`, '']),
    ...table('calibration', calibrationRows(decisive)),
    ...(decisive.across.length === 0
      ? []
      : table('calibration fitted on the other lists', lossRows(decisive.across))),
    ...(compared.length === 0 ? [] : table('normalisation', comparisonRows(measured))),
    ...skipped.map(({ file, reason }) => `left out of the cohort: ${file} (${reason})`),
    target === undefined
      ? 'nothing was written: give --out DIR, or --force to replace the model itself'
      : `written to ${target}`,
  ];
}
