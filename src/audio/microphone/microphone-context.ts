import { VoiceprintError } from '../../errors.js';
import { SAMPLE_RATE } from '../limits.js';

/** A running audio context with the microphone as its source. */
export interface MicrophoneContext {
  readonly context: AudioContext;
  readonly source: MediaStreamAudioSourceNode;
}

/**
 * Opens a context at 16 kHz, so that the browser resamples; at the device's own rate where the
 * browser refuses that on a microphone (Firefox).
 */
export async function openContext(stream: MediaStream): Promise<MicrophoneContext> {
  const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' });
  try {
    return { context, source: context.createMediaStreamSource(stream) };
  } catch {
    await context.close();
  }
  const native = new AudioContext({ latencyHint: 'interactive' });
  try {
    return { context: native, source: native.createMediaStreamSource(stream) };
  } catch (cause) {
    await native.close();
    throw cause;
  }
}

/**
 * Starts a context that the browser holds back until the person has touched the page.
 *
 * @throws VoiceprintError `audio/microphone-refused` when it is still held back after `seconds`
 * (`resume()` itself would wait for ever).
 */
export async function startContext(context: AudioContext, seconds: number): Promise<void> {
  if (context.state === 'running') return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  await Promise.race([context.resume(), late]);
  clearTimeout(timer);
  // A getter that changes over time: TypeScript has narrowed it above.
  if ((context.state as AudioContextState) !== 'running') {
    throw new VoiceprintError(
      'audio/microphone-refused',
      `the browser holds audio back (${context.state}); open the microphone from a click or a key press`,
    );
  }
}
