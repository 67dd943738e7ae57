import { malformed } from '../failures.js';
import { PickleList, PickleTuple, type PickleValue } from './values.js';

/** The items of a tuple or list that is given to a function of the pickle. */
export function itemsOf(value: PickleValue | undefined, owner: string): readonly PickleValue[] {
  if (value instanceof PickleTuple || value instanceof PickleList) return value.items;
  throw malformed(`The pickle gives ${owner} something other than a tuple`);
}

/** A count, offset or stride. */
export function size(value: PickleValue | undefined, owner: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const what =
    typeof value === 'number' || typeof value === 'bigint' ? String(value) : 'of no kind';
  throw malformed(`The pickle gives ${owner} the size ${what}`);
}
