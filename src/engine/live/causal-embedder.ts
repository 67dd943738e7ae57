import { SAMPLE_RATE } from '../../audio/limits.js';
import { VoiceprintError } from '../../errors.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import type { EncoderStream } from '../encoder/types.js';
import { SpeechWindow } from './speech-window.js';
import {
  LISTEN_DEFAULTS,
  type ListenEmbedding,
  type VoiceEmbedder,
  type VoiceEmbedding,
} from './types.js';

/**
 * Embeds speech by a streaming encoder, which hears every chunk once.
 *
 * The last seconds of speech are kept beside it: where the states of the stream are lost with a
 * graphics device, another stream hears them again and goes on.
 *
 * @param open - Opens a stream on the backend that is in use then.
 */
export async function openCausalEmbedder(
  open: () => Promise<EncoderStream>,
  { windowSeconds, scoresPerSecond }: Pick<ListenEmbedding, 'windowSeconds' | 'scoresPerSecond'>,
): Promise<VoiceEmbedder> {
  const { leastSeconds } = LISTEN_DEFAULTS;
  let encoder = await open();
  const window = new SpeechWindow(Math.round(windowSeconds * SAMPLE_RATE));
  const interval = 1 / scoresPerSecond;
  let sinceLast = interval;

  const reopen = async (cause: unknown) => {
    if (!(cause instanceof VoiceprintError && cause.code === 'backend/failed')) throw cause;
    const broken = encoder;
    // A device that was lost may never answer: nobody waits for it.
    Promise.resolve(broken[asyncDispose]()).catch(() => undefined);
    encoder = await open();
    return encoder.push(window.read());
  };
  return {
    get backend() {
      return encoder.backend;
    },
    async take(speech): Promise<VoiceEmbedding | undefined> {
      window.push(speech);
      sinceLast += speech.length / SAMPLE_RATE;
      const streamed = await encoder.push(speech).catch(reopen);
      // Chunks do not divide the interval: the score comes with the one that is nearest to it.
      if (streamed === undefined || sinceLast < interval - encoder.chunkSeconds / 2)
        return undefined;
      if (streamed.recentSeconds < leastSeconds) return undefined;
      sinceLast = Math.max(0, Math.min(sinceLast - interval, interval));
      return { values: streamed.recent, scoredSeconds: streamed.recentSeconds };
    },
    async restart(keepSeconds) {
      window.keepLast(Math.round(keepSeconds * SAMPLE_RATE));
      sinceLast = interval;
      try {
        await encoder.reset();
        if (window.length > 0) await encoder.push(window.read());
      } catch (error) {
        await reopen(error);
      }
    },
    close: async () => encoder[asyncDispose](),
  };
}
