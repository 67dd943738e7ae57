import { VoiceprintError } from '../../errors.js';
import type { StreamingEncoder } from '../encoder/streaming-encoder.js';
import { SpeechWindow } from './speech-window.js';
import type { EngineVoiceOptions, VoiceEmbedder, VoiceEmbedding } from './types.js';

/**
 * Embeds speech by a streaming encoder, which hears every chunk once.
 *
 * The last seconds of speech are kept beside it: where the states of the stream are lost with a
 * graphics device, another stream hears them again and goes on.
 *
 * @param open - Opens a stream on the backend that is in use then.
 * @param leastSeconds - Speech before the first embedding of a turn.
 */
export async function openCausalEmbedder(
  open: () => Promise<StreamingEncoder>,
  sampleRate: number,
  leastSeconds: number,
  { windowSeconds, scoresPerSecond }: EngineVoiceOptions,
): Promise<VoiceEmbedder> {
  let encoder = await open();
  const window = new SpeechWindow(Math.round(windowSeconds * sampleRate));
  const interval = 1 / scoresPerSecond;
  let sinceLast = interval;

  const reopen = async (cause: unknown) => {
    if (!(cause instanceof VoiceprintError && cause.code === 'backend/failed')) throw cause;
    const broken = encoder;
    // A device that was lost may never answer: nobody waits for it.
    broken.dispose().catch(() => undefined);
    encoder = await open();
    return encoder.push(window.read());
  };
  return {
    get backend() {
      return encoder.backend;
    },
    async take(speech): Promise<VoiceEmbedding | undefined> {
      window.push(speech);
      sinceLast += speech.length / sampleRate;
      const streamed = await encoder.push(speech).catch(reopen);
      // Chunks do not divide the interval: the score comes with the one that is nearest to it.
      if (streamed === undefined || sinceLast < interval - encoder.chunkSeconds / 2)
        return undefined;
      if (streamed.recentSeconds < leastSeconds) return undefined;
      sinceLast = Math.max(0, Math.min(sinceLast - interval, interval));
      return { values: streamed.recent, scoredSeconds: streamed.recentSeconds };
    },
    async restart(keepSeconds) {
      window.keepLast(Math.round(keepSeconds * sampleRate));
      sinceLast = interval;
      try {
        await encoder.reset();
        if (window.length > 0) await encoder.push(window.read());
      } catch (error) {
        await reopen(error);
      }
    },
    close: () => encoder.dispose(),
  };
}
