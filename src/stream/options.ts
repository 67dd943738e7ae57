import { VoiceprintError } from '../errors.js';
import { checkOptionsObject } from '../lifetime/call-options.js';
import type { StreamMode, StreamOptions, StreamSource } from './types.js';

/** Defaults of {@link StreamOptions}. */
export const STREAM_DEFAULTS = {
  source: 'microphone',
  scoresPerSecond: 4,
  windowSeconds: 2,
  minimumSeconds: 1.5,
  hysteresis: 1,
  silenceSeconds: 3,
  maximumLagSeconds: 2,
} as const satisfies StreamOptions;

/** {@link StreamOptions} with every number there and checked. */
export interface CheckedStreamOptions extends StreamOptions {
  readonly mode?: StreamMode;
  readonly source: StreamSource;
  readonly scoresPerSecond: number;
  readonly windowSeconds: number;
  readonly minimumSeconds: number;
  readonly hysteresis: number;
  readonly silenceSeconds: number;
  readonly maximumLagSeconds: number;
}

/** What each number may be. Windows beyond 20 s would be embedded in parts, at a cost for nothing. */
const RANGES = {
  scoresPerSecond: [0.2, 12],
  windowSeconds: [1, 20],
  minimumSeconds: [0.5, 20],
  hysteresis: [0, 20],
  silenceSeconds: [0.7, 3600],
  maximumLagSeconds: [0.5, 60],
} as const satisfies Partial<Record<keyof StreamOptions, readonly [number, number]>>;

/**
 * Options with their defaults.
 *
 * @throws VoiceprintError `verifier/invalid` naming the option, its value and what it may be.
 */
export function checkStreamOptions(options: StreamOptions): CheckedStreamOptions {
  const { mode, source = STREAM_DEFAULTS.source } = checkOptionsObject(options);
  if (mode !== undefined && mode !== 'causal' && mode !== 'window') {
    throw invalid(`mode is ${shown(mode)}; give 'causal' or 'window', or leave it out`);
  }
  if (source !== 'microphone' && source !== 'pushed' && !isMediaStream(source)) {
    throw invalid(`source is ${shown(source)}; give 'microphone', 'pushed' or a MediaStream`);
  }
  const checked = { ...options, source, ...numbersOf(options) };
  if (checked.minimumSeconds > checked.windowSeconds) {
    throw invalid(
      `minimumSeconds is ${checked.minimumSeconds}, more than windowSeconds (${checked.windowSeconds}); a decision cannot wait for more speech than a score looks back on`,
    );
  }
  return checked;
}

type Numbers = Record<keyof typeof RANGES, number>;

function numbersOf(options: StreamOptions): Numbers {
  const number = (name: keyof typeof RANGES): number => {
    const value = options[name] ?? STREAM_DEFAULTS[name];
    const [least, most] = RANGES[name];
    if (typeof value === 'number' && value >= least && value <= most) return value;
    throw invalid(`${name} is ${shown(value)}; give a number from ${least} to ${most}`);
  };
  return {
    scoresPerSecond: number('scoresPerSecond'),
    windowSeconds: number('windowSeconds'),
    minimumSeconds: number('minimumSeconds'),
    hysteresis: number('hysteresis'),
    silenceSeconds: number('silenceSeconds'),
    maximumLagSeconds: number('maximumLagSeconds'),
  };
}

/** By shape, so that streams of other frames pass too. */
function isMediaStream(source: unknown): source is MediaStream {
  return (
    typeof source === 'object' &&
    source !== null &&
    'getAudioTracks' in source &&
    typeof source.getAudioTracks === 'function'
  );
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function invalid(message: string): VoiceprintError {
  return new VoiceprintError('verifier/invalid', message);
}
