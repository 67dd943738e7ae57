import type { NpyArray } from './npy.js';

export type { NpyArray } from './npy.js';

/** How far the reference's own float32 result lies from its float64 result. */
export interface Spread {
  readonly max_abs: number;
  readonly ref_max: number;
  readonly rel: number;
  /** The 99.9th percentile of the absolute difference; absent for arrays with non-finite values. */
  readonly p999_abs?: number;
  readonly one_minus_cos?: number;
  readonly nonfinite?: number;
  readonly nonfinite_same?: boolean;
}

/** An array of a case: `file` is relative to the case folder; null = the values were not stored. */
export interface StoredArray {
  readonly file: string | null;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The same array from the float64 module. */
  readonly f64?: string;
  readonly spread?: Spread;
  readonly note?: string;
}

/** One call of the upstream module. */
export interface CaseRun {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly notes?: string;
  readonly inputs: Readonly<Record<string, StoredArray>>;
  /** null = upstream returned None. */
  readonly outputs: Readonly<Record<string, StoredArray | null>>;
  /** The error text upstream raised, or (front ends) the error text by output name. */
  readonly raises?: string | Readonly<Record<string, string>>;
}

/** One tensor of a state dict, with the recipe of its values. */
export interface CaseTensor {
  readonly key: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly lo?: number;
  readonly hi?: number;
  readonly alias_of?: string;
  /** `const1000`, or null for upstream's own constants. */
  readonly recipe?: string | null;
  readonly key_in_checkpoint?: string;
  /** Byte offset in `weights.bin`. */
  readonly offset?: number;
}

/** `config.json` of a case folder. Fields that only some cases have are optional. */
export interface CaseConfig {
  readonly name: string;
  readonly system: string;
  readonly cls?: string;
  readonly ctor?: Readonly<Record<string, unknown>>;
  readonly notes?: string;
  readonly runs?: readonly CaseRun[];
  /** A list of state-dict tensors; in `front_constants` a table of constants by file stem. */
  readonly tensors?:
    | readonly CaseTensor[]
    | Readonly<Record<string, { shape: readonly number[]; dtype: string; note?: string }>>;
  readonly spread?: Readonly<Record<string, Spread>>;
  readonly recipe_seed?: number;
  readonly checkpoint?: string;
  readonly weights?: string;
  /** Fields of single cases: `columns`, `lengths`, `norm`, `outputs_are`, `tables`... */
  readonly [field: string]: unknown;
}

/** A case as it lies on disk. */
export interface CaseFolder {
  readonly name: string;
  readonly path: string;
  readonly config: CaseConfig;
  /** Reads an array by its path relative to the case folder (it may start with `../`). */
  readArray(file: string): Promise<NpyArray>;
}

/** One comparison: an output of a run, a table, or (`output: "raises"`) a refusal that must come. */
export interface ParityResult {
  case: string;
  /** Name of the run; for a table, the name of the table. */
  run: string;
  output: string;
  /** Largest absolute error over the largest absolute reference value; NaN where undefined. */
  relative: number;
  tolerance: number;
  pass: boolean;
  note?: string;
}
