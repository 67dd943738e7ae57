import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { openCases } from '../parity/case-folder.js';
import { openExecutor } from '../parity/executor.js';
import { KEPT_CASES, WHOLE_REFERENCE } from '../parity/reference.js';
import { runCase } from '../parity/run.js';
import type { CaseConfig, CaseFolder, CaseRun, StoredArray } from '../parity/types.js';
import { KEPT } from './kept-cases.js';

/** So many samples in a row that a recording has too are no coincidence. */
const STRETCH = 8;

/**
 * `npx tsx scripts/lab/keep-cases/index.ts`: copies the cases of `kept-cases.ts` from the reference
 * into the repository, with the files that comparing them reads and no others: checkpoints whose
 * values follow from the recipe and float32 results beside float64 ones stay behind, as do runs fed
 * by recordings. A case that does not pass is not copied.
 */
async function main(): Promise<void> {
  const all = new Map((await openCases(WHOLE_REFERENCE)).map((folder) => [folder.name, folder]));
  const recordings = await stretchesOf([...all.values()].filter(isRecording));
  const executor = await openExecutor('wasm');
  rmSync(KEPT_CASES, { recursive: true, force: true });
  for (const [name, wanted] of Object.entries(KEPT)) {
    const folder = all.get(name);
    if (folder === undefined) throw new RangeError(`the reference has no case ${name}`);
    const kept = { ...folder, config: prune(folder.config, wanted) };
    for (const run of kept.config.runs ?? []) await refuseRecordings(kept, run, recordings);
    const read = new Set<string>();
    const results = await runCase(
      {
        ...kept,
        readArray: (file) => {
          read.add(file);
          return folder.readArray(file);
        },
      },
      async () => executor,
    );
    const wrong = results.filter(({ pass }) => !pass);
    if (wrong.length > 0) throw new RangeError(`${name} is off: ${JSON.stringify(wrong)}`);
    for (const file of read) copyFile(join(folder.path, file));
    write(kept);
  }
  await executor.dispose();
  console.log(`copied ${Object.keys(KEPT).length} cases`);
}

function prune(config: CaseConfig, wanted: 'all' | readonly string[]): CaseConfig {
  const { checkpoint, weights, runs, ...rest } = config;
  if (runs === undefined) return rest;
  const kept = runs.filter(({ name }) => wanted === 'all' || wanted.includes(name));
  if (kept.length === 0 && runs.length > 0) {
    throw new RangeError(`${config.name} has none of the runs ${wanted}`);
  }
  return {
    ...rest,
    runs: kept.map((run) => ({ ...run, outputs: mapValues(run.outputs, float64Alone) })),
  };
}

function float64Alone(array: StoredArray | null): StoredArray | null {
  if (array?.f64 === undefined) return array;
  const { f64, ...rest } = array;
  return { ...rest, file: f64, dtype: 'float64' };
}

/** Arrays that several cases share lie with the one that has them. */
function copyFile(from: string): void {
  const to = join(KEPT_CASES, relative(WHOLE_REFERENCE, from));
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

function write({ path, config }: CaseFolder): void {
  const folder = join(KEPT_CASES, relative(WHOLE_REFERENCE, path));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, undefined, 1)}\n`);
}

function isRecording({ config }: CaseFolder): boolean {
  return /LibriSpeech/.test(config.notes ?? '');
}

/** Every stretch of samples of the recordings that the reference is made from. */
async function stretchesOf(folders: readonly CaseFolder[]): Promise<ReadonlySet<string>> {
  if (folders.length === 0) throw new RangeError('the reference names no recordings');
  const stretches = new Set<string>();
  for (const folder of folders) {
    const { values } = await folder.readArray('wave.npy');
    for (let at = 0; at + STRETCH <= values.length; at++) {
      const stretch = values.subarray(at, at + STRETCH);
      if (stretch.some((value) => value !== 0)) stretches.add(stretch.join());
    }
  }
  return stretches;
}

async function refuseRecordings(
  folder: CaseFolder,
  run: CaseRun,
  recordings: ReadonlySet<string>,
): Promise<void> {
  const where = `${folder.name}/${run.name}`;
  for (const [name, { file }] of Object.entries(run.inputs)) {
    if (name === 'fbank') throw new RangeError(`${where}: ${name} are features of recordings`);
    if (file === null) continue;
    const { values } = await folder.readArray(file);
    for (let at = 0; at + STRETCH <= values.length; at++) {
      if (recordings.has(values.subarray(at, at + STRETCH).join())) {
        throw new RangeError(`${where}: ${name} holds a recording`);
      }
    }
  }
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

await main();
