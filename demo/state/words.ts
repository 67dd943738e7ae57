import type { Timings } from 'voiceprint-web';
import { VoiceprintError } from 'voiceprint-web';
import { ENGLISH } from 'voiceprint-web/widget';

const two = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const one = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const rough = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });

export const score = (value: number): string => two.format(value);

/** Where a score lies on an axis from one end of a range to the other, 0 to 1. */
export const axisShare = (value: number, [from, to]: readonly [number, number]): number =>
  Math.min(1, Math.max(0, (value - from) / (to - from)));
export const seconds = (value: number): string => `${one.format(value)} s`;
/** A moment of a recording: 75 is `1:15`. */
export const clock = (value: number): string =>
  `${Math.floor(value / 60)}:${String(Math.floor(value % 60)).padStart(2, '0')}`;
export const milliseconds = (value: number): string => `${whole.format(value)} ms`;
export const count = (value: number): string => whole.format(value);
export const percent = (value: number): string => `${one.format(value * 100)} %`;
export const megabytes = (bytes: number): string => `${one.format(bytes / 1e6)} MB`;

/** A natural-log likelihood ratio in words. */
export function evidence(llr: number | undefined): string {
  if (llr === undefined) return 'This model is not calibrated, so the score has no odds.';
  const factor = Math.exp(Math.abs(llr));
  if (factor < 1.5) return 'The evidence is about even.';
  const times = factor > 1000 ? 'more than 1,000' : `about ${rough.format(factor)}`;
  const whose = llr > 0 ? 'the same person' : 'two different people';
  return `A score like this is ${times} times as likely from ${whose}.`;
}

export function plural(number: number, singular: string): string {
  return `${whole.format(number)} ${singular}${number === 1 ? '' : 's'}`;
}

/** An error for the visitor: the widget's words where it has some, else the message. */
export function errorWords(error: unknown): string {
  if (error instanceof VoiceprintError) return ENGLISH.errors[error.code] ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

export const TIMING_NAMES: Readonly<Record<Exclude<keyof Timings, 'total'>, string>> = {
  decode: 'Decode',
  speech: 'Find speech',
  features: 'Features',
  encoder: 'Encoder',
};
