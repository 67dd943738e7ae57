import * as v from 'valibot';
import { VoiceprintError } from '../errors.js';

/** Larger sizes than any published system has: they would only exhaust memory. */
const LARGEST_SIZE = 65536;

/** A whole number from 1. */
export const sizeOption = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_SIZE));

/** A whole number from 0. */
export const countOption = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LARGEST_SIZE));

/** A probability; inert at inference. */
export const dropoutOption = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/**
 * Checks constructor arguments against a schema made with `v.strictObject`.
 * @throws VoiceprintError `graph/invalid`, naming the option, its value and what it may be.
 */
export function parseOptions<const S extends v.GenericSchema>(
  cls: string,
  schema: S,
  config: Readonly<Record<string, unknown>>,
): v.InferOutput<S> {
  const result = v.safeParse(schema, config);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? '';
  const known = 'entries' in schema ? Object.keys(schema.entries as object) : [];
  if (issue.expected === 'never') {
    const message = `${cls} has no option ${path}; its options are ${known.join(', ')}`;
    throw new VoiceprintError('graph/invalid', message);
  }
  const [first = ''] = path.split('.');
  const message =
    issue.received === 'undefined'
      ? `${cls} needs the option ${path}`
      : `${cls}: ${path} is ${JSON.stringify(config[first])}: ${issue.message}`;
  throw new VoiceprintError('graph/invalid', message);
}

/**
 * Refuses a size that must be a multiple of another.
 * @throws VoiceprintError `graph/invalid`, as upstream's assertions and torch's do.
 */
export function requireMultiple(
  cls: string,
  name: string,
  value: number,
  of: string,
  factor: number,
): void {
  if (value % factor === 0) return;
  const message = `${cls}: ${name} is ${value}, which is not a multiple of ${of} (${factor})`;
  throw new VoiceprintError('graph/invalid', message);
}

/**
 * Refuses arguments of upstream's `forward` that the class does not know.
 * @param ignored - names that upstream takes and does nothing with.
 * @throws VoiceprintError `graph/invalid`
 */
export function refuseArguments(
  cls: string,
  args: Readonly<Record<string, unknown>>,
  ignored: readonly string[] = [],
): void {
  const unknown = Object.keys(args).find((name) => !ignored.includes(name));
  if (unknown === undefined) return;
  const message = `${cls}: forward has no argument ${unknown} that is not a tensor: leave it out`;
  throw new VoiceprintError('graph/invalid', message);
}
