import type { Interval } from '../metrics/bootstrap.js';
import type { ScaleDetails } from '../metrics/evaluation/details.js';
import type { Length } from '../metrics/evaluation/scored-trials.js';

const whole = new Intl.NumberFormat('en');

export const count = (value: number): string => whole.format(value);

/** A rate as per cent, with as many digits as a reader can use. */
export function percent(rate: number): string {
  const value = 100 * rate;
  if (value === 0) return '0 %';
  if (value < 0.1) return `${Number(value.toPrecision(1))} %`;
  return `${Number(value.toFixed(value < 1 ? 2 : 1))} %`;
}

/** A rate as per cent to two decimals, for tables of figures. */
export const exactPercent = (rate: number): string => `${(100 * rate).toFixed(2)} %`;

export const exactInterval = ([low, high]: Interval): string =>
  `${(100 * low).toFixed(2)} – ${(100 * high).toFixed(2)} %`;

export const percentInterval = ([low, high]: Interval): string =>
  `${percent(low)} – ${percent(high)}`;

export const cost = (value: number): string => value.toFixed(3);

export const costInterval = ([low, high]: Interval): string =>
  high === 0 ? 'no error seen' : `${cost(low)} – ${cost(high)}`;

export const score = (value: number): string =>
  Math.abs(value) > 1e6 ? '∞' : value.toFixed(3).replace('-', '−');

export const seconds = (value: number): string => `${Number(value.toFixed(1))} s`;

export function lengthWords(length: Length): string {
  return length === null ? 'full length' : `${length} s`;
}

/** `1 trial`, `2 trials`. */
export function plural(value: number, singular: string): string {
  return `${count(value)} ${singular}${value === 1 ? '' : 's'}`;
}

/** Odds given by their natural logarithm, as `20 : 1` or `1 : 20`. */
export function odds(logOdds: number): string {
  const factor = Math.exp(Math.abs(logOdds));
  const rounded =
    factor < 10 ? Number(factor.toPrecision(2)) : Math.round(Number(factor.toPrecision(2)));
  return logOdds >= 0 ? `${count(rounded)} : 1` : `1 : ${count(rounded)}`;
}

/** What scores of a kind are called. */
export function scaleWords(scale: ScaleDetails['scale']): string {
  return scale === 'cosine' ? 'score (cosine)' : 'normalised score';
}
