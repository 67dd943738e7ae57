import { SAMPLE_RATE } from '../../audio/limits.js';
import { VoiceprintError } from '../../errors.js';
import { embedInWindows } from '../encoder/embed-windows.js';
import type { Encoder } from '../encoder/types.js';
import { SpeechWindow } from './speech-window.js';
import {
  LISTEN_DEFAULTS,
  type ListenEmbedding,
  type VoiceEmbedder,
  type VoiceEmbedding,
} from './types.js';

/**
 * Embeds the last seconds of speech again for every score: any model can do it, and it costs the
 * whole window each time.
 */
export function openWindowEmbedder(
  encoder: Encoder,
  { windowSeconds, scoresPerSecond }: Pick<ListenEmbedding, 'windowSeconds' | 'scoresPerSecond'>,
): VoiceEmbedder {
  const { leastSeconds } = LISTEN_DEFAULTS;
  const longest = Math.max(windowSeconds, leastSeconds, encoder.model.minimumSeconds);
  const window = new SpeechWindow(Math.round(longest * SAMPLE_RATE));
  const least = leastSeconds * SAMPLE_RATE;
  const interval = SAMPLE_RATE / scoresPerSecond;
  let sinceLast = 0;
  return {
    get backend() {
      return encoder.backend;
    },
    async take(speech): Promise<VoiceEmbedding | undefined> {
      window.push(speech);
      sinceLast += speech.length;
      if (window.length < least || sinceLast < interval) return undefined;
      // What is over the interval counts for the next score, so that their rate is kept.
      const over = Math.min(sinceLast - interval, interval);
      const scoredSeconds = window.length / SAMPLE_RATE;
      const recent = window.read();
      const encoded = await embedInWindows(recent, encoder.model, (part) =>
        encoder.encode(part),
      ).catch(ignoreShort);
      // An encoder that wants more speech than that has its turn when there is.
      if (encoded === undefined) return undefined;
      sinceLast = over;
      return { values: encoded.values, scoredSeconds };
    },
    async restart(keepSeconds) {
      window.keepLast(Math.round(keepSeconds * SAMPLE_RATE));
      sinceLast = interval;
    },
    close: async () => undefined,
  };
}

function ignoreShort(error: unknown): undefined {
  if (error instanceof VoiceprintError && error.code === 'audio/too-short') return undefined;
  throw error;
}
