import type { BackendReport } from '../../runtime/types.js';
import type { EncodedSpeech } from '../types.js';
import { SpeechWindow } from './speech-window.js';
import type { EngineVoiceOptions, VoiceEmbedder, VoiceEmbedding } from './types.js';

/** What a sliding window embeds with: any engine. */
export interface WindowEncoder {
  readonly backend: BackendReport;
  embed(speech: Float32Array): Promise<EncodedSpeech>;
}

/**
 * Embeds the last seconds of speech again for every score: any model can do it, and it costs the
 * whole window each time.
 *
 * @param leastSeconds - Speech before the first embedding of a turn.
 */
export function openWindowEmbedder(
  encoder: WindowEncoder,
  sampleRate: number,
  leastSeconds: number,
  { windowSeconds, scoresPerSecond }: EngineVoiceOptions,
): VoiceEmbedder {
  const window = new SpeechWindow(Math.round(Math.max(windowSeconds, leastSeconds) * sampleRate));
  const least = leastSeconds * sampleRate;
  const interval = sampleRate / scoresPerSecond;
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
      sinceLast = Math.min(sinceLast - interval, interval);
      const scoredSeconds = window.length / sampleRate;
      const { values } = await encoder.embed(window.read());
      return { values, scoredSeconds };
    },
    async restart(keepSeconds) {
      window.keepLast(Math.round(keepSeconds * sampleRate));
      sinceLast = interval;
    },
    close: async () => undefined,
  };
}
