/**
 * From a new checkpoint to a model folder that is ready to ship:
 *
 *     npx tsx scripts/lab/make-model/index.ts default CHECKPOINT
 *
 * converts it (`NAME.config.json` beside it says what shapes cannot), embeds the development lists
 * and a cohort, measures thresholds, calibration and figures, what noise, rooms and telephones do
 * and what int8 costs, and writes `models/NAME` with its card and `docs/measured/NAME.json`, from
 * which `--card` makes the card again after its prose was changed:
 *
 *     npx tsx scripts/lab/make-model/index.ts default --card
 *
 * `--measure` in place of a checkpoint measures the model in `models/NAME` anew, with the cohort that
 * it has or, with `--cohort`, with a new one.
 *
 * Scores are normalised where the lists say that it pays; `--normalize` and `--cosine` say so
 * instead of them. `--quick` leaves conditions and precisions as they were measured last. What was embedded is kept
 * in `.cache`, so that an interrupted run goes on where it was. Needs `sox`, and the recordings of
 * VOICEPRINT_SHARED or ../shared.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTable } from '../../../src/cli/output.js';
import { judgedRows } from '../../../src/evaluate/calibrate/judge-manifest.js';
import { lossRows, thresholdRows } from '../../../src/evaluate/calibrate/measured-section.js';
import { recalibrate } from '../../../src/evaluate/calibrate/recalibrate.js';
import { parseManifest } from '../../../src/models/manifest.js';
import { cardOf } from './card.js';
import { convertModel } from './convert-model.js';
import {
  COHORT_TOP,
  embedChannels,
  embedCohort,
  embedForCalibration,
  embedLanguages,
  say,
} from './embed-everything.js';
import { measureConditions, measurePrecisions } from './measure-conditions.js';
import type { MeasuredModel, MeasuredPeer } from './measured-model.js';
import { MODELS, type ModelAbout, PEERS } from './models.js';
import { EMBEDDINGS, SOURCES } from './sources.js';

interface MakeOptions {
  /** Leaves conditions and precisions as they were measured last. */
  readonly quick: boolean;
  readonly normalize: boolean | 'if-better';
  /** Makes a new cohort for a model that is measured again. */
  readonly cohort: boolean;
}

async function make(name: string, checkpoint: string, options: MakeOptions): Promise<void> {
  const about = aboutOf(name);
  say(`1/5 converting ${checkpoint} to fp16, int8 and fp32`);
  const converted = await convertModel(name, checkpoint, about);
  const model = converted.folders[about.precision];
  const { parameters, training } = converted;
  await measure(name, model, options, {
    newCohort: true,
    about: { parameters, training: training ?? null },
    precisions: () => measurePrecisions(converted),
  });
}

/** What only the conversion of a checkpoint knows. */
interface NewModel {
  /** Whether a cohort is made; otherwise the model keeps its own. */
  readonly newCohort: boolean;
  readonly about: Pick<MeasuredModel, 'parameters' | 'training'>;
  readonly precisions: () => Promise<MeasuredModel['precisions']>;
}

async function measure(
  name: string,
  model: string,
  { quick, normalize }: MakeOptions,
  { newCohort, about, precisions }: NewModel,
): Promise<void> {
  say(`2/5 embedding for thresholds and calibration (${model})`);
  await embedForCalibration(model);
  const channels = [await embedLanguages(model), ...(await embedChannels(model))];
  const cohort = newCohort ? await embedCohort(model) : undefined;
  say('3/5 measuring thresholds, calibration and figures');
  const { after, measured, judged, files, skipped } = await recalibrate({
    model,
    lists: SOURCES.lists,
    channels,
    ...(cohort === undefined ? {} : { cohort, top: COHORT_TOP }),
    normalize,
    cacheFolder: EMBEDDINGS,
  });
  say(after.normalization === undefined ? 'scores are cosines' : 'scores are normalised');
  for (const line of formatTable(judgedRows(judged))) say(line);
  for (const scale of [measured.cosine, measured.normalized]) {
    if (scale === undefined) continue;
    for (const line of formatTable(lossRows(scale.across))) say(line);
    for (const line of formatTable(thresholdRows(scale.thresholds))) say(line);
  }
  const before = await readMeasured(name);
  say(`4/5 measuring conditions and precisions${quick ? ': left as they were' : ''}`);
  const kept = quick ? before : undefined;
  const result: MeasuredModel = {
    name,
    ...about,
    calibration: measured,
    normalized: after.normalization !== undefined,
    cohort: {
      speakers: cohortSpeakers(files, after.embeddingSize),
      skipped,
    },
    judged,
    conditions: kept?.conditions ?? (await measureConditions(model)),
    precisions: kept?.precisions ?? (await precisions()),
  };
  say(`5/5 writing models/${name} and docs/measured/${name}.json`);
  const folder = join('models', name);
  await mkdir(folder, { recursive: true });
  for (const [path, bytes] of files) await writeFile(join(folder, path), bytes);
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(after, undefined, 2)}\n`);
  await mkdir(join('docs', 'measured'), { recursive: true });
  await writeFile(measuredPath(name), `${JSON.stringify(result, undefined, 1)}\n`);
  await writeCard(name);
  format(folder, measuredPath(name));
}

/** Measures the model that ships anew: what a checkpoint says of it stays as it was. */
async function measureShipped(name: string, options: MakeOptions): Promise<void> {
  const before = await readMeasured(name);
  if (before === undefined) throw new Error(`${measuredPath(name)} is missing; make ${name} first`);
  const { parameters, training } = before;
  await measure(name, join('models', name), options, {
    newCohort: options.cohort,
    about: { parameters, training },
    precisions: async () => before.precisions,
  });
}

async function writeCard(name: string): Promise<void> {
  const folder = join('models', name);
  const prose = await readFile(join(import.meta.dirname, 'cards', aboutOf(name).card), 'utf8');
  const manifest = parseManifest(
    JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')),
    folder,
  );
  const measured = await readMeasured(name);
  if (measured === undefined) throw new Error(`${measuredPath(name)} is missing; measure first`);
  await writeFile(
    join(folder, 'README.md'),
    cardOf(prose, manifest, measured, await peersOf(name)),
  );
  say(`wrote ${join(folder, 'README.md')}`);
}

/** Systems measured elsewhere, and the default model beside every other one. */
async function peersOf(name: string): Promise<readonly MeasuredPeer[]> {
  const other = name === 'default' ? undefined : await readMeasured('default');
  if (other === undefined) return PEERS;
  const whole = other.calibration.figures.filter(({ seconds }) => seconds === null);
  const full = Object.fromEntries(whole.map(({ list, eer }) => [list, eer * 100]));
  return [{ name: 'default', note: 'the model for whole recordings', full }, ...PEERS];
}

function aboutOf(name: string): ModelAbout {
  const about = MODELS[name];
  if (about !== undefined) return about;
  throw new Error(
    `no model "${name}" in scripts/lab/make-model/models.ts (${Object.keys(MODELS)})`,
  );
}

function measuredPath(name: string): string {
  return join('docs', 'measured', `${name}.json`);
}

async function readMeasured(name: string): Promise<MeasuredModel | undefined> {
  const text = await readFile(measuredPath(name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

function cohortSpeakers(files: ReadonlyMap<string, Uint8Array>, embeddingSize: number): number {
  return (files.get('cohort.f16')?.length ?? 0) / (2 * embeddingSize);
}

/** The formatter has its own mind about arrays. */
function format(...paths: readonly string[]): void {
  execFileSync('node_modules/.bin/biome', ['format', '--write', ...paths], { stdio: 'ignore' });
}

const [name, ...rest] = process.argv.slice(2);
const checkpoint = rest.find((argument) => !argument.startsWith('--'));
const options: MakeOptions = {
  quick: rest.includes('--quick'),
  cohort: rest.includes('--cohort'),
  normalize: rest.includes('--normalize') || (rest.includes('--cosine') ? false : 'if-better'),
};
if (name !== undefined && checkpoint !== undefined) await make(name, checkpoint, options);
else if (name !== undefined && rest.includes('--measure')) await measureShipped(name, options);
else if (name !== undefined && rest.includes('--card')) await writeCard(name);
else {
  say(
    'usage: npx tsx scripts/lab/make-model/index.ts NAME (CHECKPOINT | --measure [--cohort]) [--quick] [--normalize | --cosine] | NAME --card',
  );
  process.exitCode = 2;
}
