import { isSupportedClass } from '../../../src/architectures/build-graph.js';
import { openCases } from './case-folder.js';
import { failed, GRAPH_TOLERANCE } from './compare.js';
import { type Executor, openExecutor, type ParityBackend } from './executor.js';
import { isFrontEndCase, runFrontEndCase } from './front-end-cases.js';
import { runGraphCase } from './graph-cases.js';
import { isBucketCase, runBucketCase, runComputeBias } from './position-tables.js';
import type { CaseFolder, ParityResult } from './types.js';

export interface ParityOptions {
  /** Leaves out cases whose names begin so. */
  readonly except?: string | undefined;
  /** @default 'wasm' */
  readonly backend?: ParityBackend;
  /** Told every result as it comes. */
  readonly onResult?: (result: ParityResult) => void;
}

/** The object that `voiceprint parity --json` prints. */
export interface ParityReport {
  readonly passed: number;
  readonly failed: number;
  /** Always 0: what cannot be run has failed. */
  readonly skipped: number;
  readonly cases: readonly ParityResult[];
}

/**
 * Runs every case of a folder laid out as the reference's `cases`, or one case.
 *
 * @throws VoiceprintError `cli/usage` where the folder holds no case, `backend/unavailable` where
 *   the backend cannot be had.
 */
export async function runParity(
  directory: string,
  { backend = 'wasm', except, onResult }: ParityOptions = {},
): Promise<ParityReport> {
  const folders = (await openCases(directory)).filter(
    ({ name }) => except === undefined || !name.startsWith(except),
  );
  let opened: Promise<Executor> | undefined;
  const executor = () => {
    opened ??= openExecutor(backend);
    return opened;
  };
  const cases: ParityResult[] = [];
  try {
    for (const folder of folders) {
      for (const result of await runCase(folder, executor)) {
        cases.push(result);
        onResult?.(result);
      }
    }
  } finally {
    await (await opened?.catch(() => undefined))?.dispose();
  }
  const passed = cases.filter(({ pass }) => pass).length;
  return { passed, failed: cases.length - passed, skipped: 0, cases };
}

/** Compares one case; its faults are results, save that of an executor that cannot be had. */
export async function runCase(
  folder: CaseFolder,
  executor: () => Promise<Executor>,
): Promise<ParityResult[]> {
  const { config } = folder;
  const noGraphs = isFrontEndCase(config) || isBucketCase(config);
  if (!noGraphs && !isSupportedClass(config.cls ?? '')) {
    return refused(folder, 'class not supported');
  }
  // Without a backend nothing can be said about any case, so that failure is not a result.
  const graphs = noGraphs ? undefined : await executor();
  try {
    const results =
      graphs === undefined
        ? await (isBucketCase(config) ? runBucketCase(folder) : runFrontEndCase(folder))
        : [...(await runGraphCase(folder, graphs)), ...(await runComputeBias(folder))];
    return results.length > 0 ? results : refused(folder, 'nothing was compared');
  } catch (error) {
    return refused(folder, error instanceof Error ? error.message : String(error));
  }
}

/** One failure for each run of the case, or one for a case without runs. */
function refused({ name, config }: CaseFolder, note: string): ParityResult[] {
  const runs = config.runs ?? [];
  return (runs.length > 0 ? runs : [{ name: 'tables', outputs: {}, raises: undefined }]).map(
    (run) => {
      const output = run.raises === undefined ? (Object.keys(run.outputs).at(-1) ?? 'y') : 'raises';
      return { case: name, run: run.name, output, ...failed(GRAPH_TOLERANCE, note) };
    },
  );
}
