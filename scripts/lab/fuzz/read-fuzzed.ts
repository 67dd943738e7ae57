import { recognizeArchitecture } from '../../../src/architectures/recognize.js';
import { chooseStateDict, readCheckpoint } from '../../../src/checkpoint/index.js';
import { VoiceprintError } from '../../../src/errors.js';
import { fuzzedCheckpoint } from './pickles.js';

/** What became of one file. */
export interface FuzzOutcome {
  readonly seed: number;
  /** `read`, or the code of the error. */
  readonly result: string;
  readonly milliseconds: number;
}

/**
 * Reads one fuzzed checkpoint to its last value.
 *
 * @throws whatever is no `VoiceprintError`, with the seed in its message: a fault of the reader.
 */
export function readFuzzed(seed: number): FuzzOutcome {
  const { bytes, kind, format } = fuzzedCheckpoint(seed);
  const start = performance.now();
  const done = (result: string) => ({ seed, result, milliseconds: performance.now() - start });
  try {
    const { contents, metadata } = readCheckpoint(bytes);
    JSON.stringify(metadata);
    const { tensors } = chooseStateDict(contents, recognizeArchitecture);
    for (const { float32 } of tensors.values()) float32();
    return done('read');
  } catch (cause) {
    if (cause instanceof VoiceprintError && cause.code.startsWith('checkpoint/')) {
      if (/[\p{Cc}\p{Zl}\p{Zp}\u202e]/u.test(cause.message)) {
        throw new Error(`seed ${seed} (${kind}, ${format}): an error with control characters`);
      }
      return done(cause.code);
    }
    throw new Error(`seed ${seed} (${kind}, ${format}) is not refused by a typed error`, { cause });
  }
}

/** Where a long run is started by hand: `tsx scripts/lab/fuzz/read-fuzzed.ts COUNT [FIRST]`. */
if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  const [count = 100_000, first = 0] = process.argv.slice(2).map(Number);
  const results = new Map<string, number>();
  let slowest = { seed: 0, milliseconds: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const outcome = readFuzzed(seed);
    results.set(outcome.result, (results.get(outcome.result) ?? 0) + 1);
    if (outcome.milliseconds > slowest.milliseconds) slowest = outcome;
  }
  console.log({ ...Object.fromEntries(results), slowest });
}
