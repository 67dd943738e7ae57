import { VoiceprintError } from '../../../src/errors.js';
import {
  espnetMelSpectrogram,
  type FrontEnd,
  kaldiFbank,
  keptFrames,
  type LengthRule,
  normalizeSentence,
  speechbrainFbank,
} from '../../../src/features/index.js';
import { frontEndConstants } from './front-end-constants.js';
import type { CaseConfig, CaseFolder, CaseRun, ParityResult, StoredArray } from './types.js';

/** How much further than upstream's own float32 result ours may lie from the float64 one. */
const SPREAD_FACTOR = 4;
/** Constants, and the one output that the reference gives without a spread. */
const TABLE_TOLERANCE = 1e-5;
const FLOAT32_STEP = 2 ** -23;

/** Outputs of the `front_wave_*` and `front_edge_*` cases. */
const OUTPUTS: Readonly<Record<string, () => FrontEnd>> = {
  sb_fbank80: () => speechbrainFbank({ n_mels: 80, normalization: 'none' }),
  sb_fbank80_norm: () => speechbrainFbank({ n_mels: 80 }),
  espnet_melspec_ska: () => espnetMelSpectrogram(),
  beats_fbank128: () => kaldiFbank({ num_mel_bins: 128, normalization: 'beats' }),
  kaldi80_cmn_wespeaker: () => kaldiFbank({ window_type: 'hamming', normalization: 'mean' }),
};

/** True for front ends, their constants, and the tables of SpeechBrain's length masks. */
export function isFrontEndCase(config: CaseConfig): boolean {
  return config.system === 'frontend' || config.name.startsWith('sb_length_masks');
}

/** Runs every run and compares every table of a front-end case. */
export async function runFrontEndCase(folder: CaseFolder): Promise<ParityResult[]> {
  const { config } = folder;
  if (config.name.startsWith('sb_length_masks')) return lengthMasks(folder);
  if (config.runs === undefined) return constants(folder);
  const results: ParityResult[] = [];
  for (const run of config.runs) results.push(...(await frontEndRun(folder, run)));
  return results;
}

async function frontEndRun(folder: CaseFolder, run: CaseRun): Promise<ParityResult[]> {
  const input = run.inputs.wave ?? run.inputs.wav;
  if (input?.file == null) return [failure(folder, run.name, 'wave', 'the case has no waveform')];
  const wave = await folder.readArray(input.file);
  const [samples = 0] = wave.shape.slice(-1);
  const rows = Array.from({ length: wave.values.length / samples }, (_, row) =>
    Float32Array.from(wave.values.subarray(row * samples, (row + 1) * samples)),
  );
  const lengths = run.inputs.lengths?.file;
  const kept = lengths == null ? undefined : (await folder.readArray(lengths)).values;
  const results: ParityResult[] = [];
  for (const [output, stored] of Object.entries(run.outputs)) {
    if (stored?.file == null) continue;
    const values = compute(folder.config, output, rows, kept);
    results.push(await compare(folder, run.name, output, stored, values));
  }
  if (run.raises !== undefined && typeof run.raises !== 'string') {
    for (const output of Object.keys(run.raises)) results.push(raises(folder, run, output, rows));
  }
  return results;
}

function compute(
  config: CaseConfig,
  output: string,
  rows: readonly Float32Array[],
  lengths: ArrayLike<number> | undefined,
): Float32Array {
  const frontEnd = frontEndOf(config, output);
  const computed = rows.map((row, index) => {
    const { data, frames, bands } = frontEnd.compute(row);
    if (lengths !== undefined && output !== 'fbank') {
      const kept = keptFrames(lengths[index] ?? 1, frames, 'padding-mask');
      normalizeSentence(data, bands, kept, output === 'norm_std');
    }
    return data;
  });
  const all = new Float32Array(computed.reduce((sum, row) => sum + row.length, 0));
  let offset = 0;
  for (const row of computed) {
    all.set(row, offset);
    offset += row.length;
  }
  return all;
}

function frontEndOf(config: CaseConfig, output: string): FrontEnd {
  const named = OUTPUTS[output];
  if (named !== undefined) return named();
  const ctor = config.ctor ?? {};
  if (config.cls === 'MelSpectrogramTorch') return espnetMelSpectrogram(ctor);
  return speechbrainFbank({ n_mels: 40, ...ctor, normalization: 'none' });
}

/**
 * Compares the 99.9th percentile of the error, of which the case holds upstream's own: bins far
 * below a frame's peak are rounding noise of the transform. The note gives the largest error.
 * Silence normalised to zero is compared in absolute terms.
 */
async function compare(
  folder: CaseFolder,
  run: string,
  output: string,
  stored: StoredArray,
  values: Float32Array,
): Promise<ParityResult> {
  const reference = (await folder.readArray(stored.f64 ?? stored.file ?? '')).values;
  if (reference.length !== values.length) {
    return failure(folder, run, output, `${values.length} values, expected ${reference.length}`);
  }
  const errors = Float64Array.from(values, (value, i) => Math.abs(value - (reference[i] ?? 0)));
  const wild = errors.some((error) => !Number.isFinite(error));
  let largest = 0;
  for (const value of reference) largest = Math.max(largest, Math.abs(value));
  const scale = largest > FLOAT32_STEP ? largest : 1;
  errors.sort();
  const percentile = errors[Math.ceil(errors.length * 0.999) - 1] ?? 0;
  const relative = wild ? Number.NaN : percentile / scale;
  const spread = stored.spread?.p999_abs;
  const tolerance =
    spread === undefined
      ? TABLE_TOLERANCE
      : Math.max((spread * SPREAD_FACTOR) / scale, FLOAT32_STEP);
  const note = `largest error ${(errors.at(-1) ?? 0).toExponential(1)}`;
  return { case: folder.name, run, output, relative, tolerance, pass: relative <= tolerance, note };
}

function raises(
  folder: CaseFolder,
  run: CaseRun,
  output: string,
  rows: readonly Float32Array[],
): ParityResult {
  const base = { case: folder.name, run: `${run.name}/${output}`, output: 'raises', tolerance: 0 };
  try {
    compute(folder.config, output, rows, undefined);
  } catch (error) {
    if (error instanceof VoiceprintError) return { ...base, relative: 0, pass: true };
    throw error;
  }
  return { ...base, relative: Number.NaN, pass: false, note: 'nothing was raised' };
}

/** Windows and mel matrices, each against the array of its name. */
async function constants(folder: CaseFolder): Promise<ParityResult[]> {
  const results: ParityResult[] = [];
  for (const name of Object.keys(folder.config.tensors ?? {})) {
    const ours = frontEndConstants(name);
    const { values } = await folder.readArray(`${name}.npy`);
    if (ours === undefined || ours.length !== values.length) {
      results.push(failure(folder, 'tables', name, 'there is no such constant here'));
      continue;
    }
    let error = 0;
    let largest = 0;
    for (let i = 0; i < values.length; i++) {
      error = Math.max(error, Math.abs((ours[i] ?? Number.NaN) - (values[i] ?? 0)));
      largest = Math.max(largest, Math.abs(values[i] ?? 0));
    }
    const relative = error / largest;
    const pass = relative <= TABLE_TOLERANCE;
    const tolerance = TABLE_TOLERANCE;
    results.push({ case: folder.name, run: 'tables', output: name, relative, tolerance, pass });
  }
  return results;
}

/** Frame counts of the three mask rules: whole numbers, so every row must be equal. */
async function lengthMasks(folder: CaseFolder): Promise<ParityResult[]> {
  const { values, shape } = await folder.readArray('table.npy');
  const [, columns = 5] = shape;
  const free = Array.isArray(folder.config.lengths) ? folder.config.lengths : undefined;
  const rules: readonly LengthRule[] = ['length-to-mask', 'padding-mask', 'round'];
  return rules.map((rule, index) => {
    let wrong = 0;
    for (let row = 0; row < values.length; row += columns) {
      const frames = values[row] ?? 0;
      const second = values[row + 1] ?? 0;
      const length = free === undefined ? second / frames : Number(free[second]);
      if (keptFrames(length, frames, rule) !== values[row + 2 + index]) wrong++;
    }
    const relative = wrong / (values.length / columns);
    return {
      case: folder.name,
      run: 'tables',
      output: rule,
      relative,
      tolerance: 0,
      pass: wrong === 0,
    };
  });
}

function failure(folder: CaseFolder, run: string, output: string, note: string): ParityResult {
  return {
    case: folder.name,
    run,
    output,
    relative: Number.NaN,
    tolerance: TABLE_TOLERANCE,
    pass: false,
    note,
  };
}
