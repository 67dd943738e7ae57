import { VoiceprintError } from '../errors.js';

/**
 * Takes options from a manifest or a caller: refuses names that the recipe does not have and
 * values of another type than the default's, and fills in the defaults.
 *
 * @throws VoiceprintError `features/invalid` naming the option.
 */
export function withDefaults<Options extends object>(
  recipe: string,
  defaults: Options,
  given: Readonly<Record<string, unknown>>,
): Options {
  const known = new Map<string, unknown>(Object.entries(defaults));
  for (const [name, value] of Object.entries(given)) {
    if (!known.has(name)) {
      throw new VoiceprintError(
        'features/invalid',
        `${recipe} has no option "${name}"; it has ${[...known.keys()].join(', ')}`,
      );
    }
    const expected = known.get(name);
    const fits =
      value === undefined ||
      value === null ||
      expected === null ||
      (typeof value === typeof expected && (typeof value !== 'number' || Number.isFinite(value)));
    if (!fits) {
      throw new VoiceprintError(
        'features/invalid',
        `${recipe}: ${name} is ${JSON.stringify(value)}; give a ${typeof expected} such as ${JSON.stringify(expected)}`,
      );
    }
  }
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(defined) };
}

/** Refuses an option outside its range. */
export function requireRange(
  recipe: string,
  name: string,
  value: number,
  least: number,
  most: number,
): void {
  if (!(value >= least && value <= most)) {
    throw new VoiceprintError(
      'features/invalid',
      `${recipe}: ${name} is ${value}; give a number from ${least} to ${most}`,
    );
  }
}

/** Refuses an option that is no whole number or outside its range. */
export function requireInteger(
  recipe: string,
  name: string,
  value: number,
  least: number,
  most: number,
): void {
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new VoiceprintError(
      'features/invalid',
      `${recipe}: ${name} is ${value}; give a whole number from ${least} to ${most}`,
    );
  }
}
