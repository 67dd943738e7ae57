import { VoiceprintError } from '../../errors.js';
import { aborted } from '../../lifetime/ended.js';
import { assetUrl } from '../../platform/assets.js';
import { openResampler, type StreamResampler } from '../decode/speex.js';
import { SAMPLE_RATE } from '../limits.js';
import type { MicrophoneSettings } from '../types.js';
import { type MicrophoneContext, openContext, startContext } from './microphone-context.js';
import {
  audioTrackOf,
  grantedSettings,
  microphoneError,
  requestMicrophone,
} from './microphone-stream.js';

/** Options of {@link openMicrophone}; the defaults are {@link MICROPHONE_DEFAULTS}. */
export interface MicrophoneOptions {
  /** Gets 16 kHz mono PCM in chunks of about 32 ms. Each array is the receiver's to keep, unless `reuse`. */
  readonly onSamples: (samples: Float32Array) => void;
  /**
   * Called once when the microphone stops by itself (unplugged, permission withdrawn, muted by
   * the system), with `audio/microphone-lost`. It is closed by then.
   */
  readonly onLost?: (error: VoiceprintError) => void;
  /**
   * Called when the system has muted the track for `muteSeconds`, and when it no longer does. Without
   * it, that is a loss.
   */
  readonly onMuted?: (muted: boolean) => void;
  /** Takes each array back when `onSamples` returns, so that none is made while it runs. @defaultValue false */
  readonly reuse?: boolean;
  /** Brings its own stream instead of `getUserMedia`. Its tracks are stopped on close. */
  readonly getStream?: () => Promise<MediaStream>;
  /** Leaves the tracks running on close, where the stream is somebody else's. @defaultValue false */
  readonly keepTracks?: boolean;
  /** Device to ask for; without it the browser's choice. */
  readonly deviceId?: string;
  /** Seconds that the system may mute the track before it counts as lost. @defaultValue 2 */
  readonly muteSeconds?: number;
  /** Seconds that the browser may take to start audio. @defaultValue 3 */
  readonly startSeconds?: number;
  /** Closes the microphone when it aborts. */
  readonly signal?: AbortSignal;
}

/** Defaults of {@link MicrophoneOptions}. */
const MICROPHONE_DEFAULTS = {
  muteSeconds: 2,
  startSeconds: 3,
} as const satisfies Partial<MicrophoneOptions>;

/** An open microphone. */
export interface Microphone {
  /** What the browser granted; store it with a voiceprint. */
  readonly settings: MicrophoneSettings;
  /** Stops the tracks and the context and removes every listener. Idempotent. */
  close(): Promise<void>;
}

/** Length of a chunk: one frame of the speech detector. */
const CHUNK_SECONDS = 0.032;

/**
 * Opens the microphone, with echo cancellation, noise suppression and gain control asked off.
 *
 * Call it from a click or a key press: browsers hold audio back before one.
 *
 * @throws VoiceprintError `audio/microphone-refused`, `audio/microphone-missing`,
 * `audio/microphone-lost`, or `aborted`. Nothing stays open then.
 */
export async function openMicrophone(options: MicrophoneOptions): Promise<Microphone> {
  const microphone = new OpenMicrophone({ ...MICROPHONE_DEFAULTS, ...options });
  try {
    await microphone.open();
    return microphone;
  } catch (cause) {
    await microphone.close();
    throw options.signal?.aborted
      ? aborted('opening the microphone was stopped', cause)
      : microphoneError(cause);
  }
}

type OpenOptions = MicrophoneOptions & {
  readonly muteSeconds: number;
  readonly startSeconds: number;
};

class OpenMicrophone implements Microphone {
  settings: MicrophoneSettings = {
    label: '',
    sampleRate: SAMPLE_RATE,
    echoCancellation: undefined,
    noiseSuppression: undefined,
    autoGainControl: undefined,
  };
  readonly #options: OpenOptions;
  readonly #listeners = new AbortController();
  readonly #onClose: (() => unknown)[] = [];
  #toldMuted = false;
  #muteTimer: ReturnType<typeof setTimeout> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: OpenOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { deviceId, getStream, signal, startSeconds } = this.#options;
    this.#checkOpen();
    const stream = await (getStream ?? (() => requestMicrophone(deviceId)))();
    this.#onClose.push(() => {
      if (this.#options.keepTracks === true) return;
      for (const track of stream.getTracks()) track.stop();
    });
    this.#checkOpen();
    const track = audioTrackOf(stream);

    const opened = await openContext(stream);
    const { context } = opened;
    this.#onClose.push(() => context.close());
    this.settings = grantedSettings(track, context.sampleRate);
    await context.audioWorklet.addModule(assetUrl('assets/microphone.worklet.js'));
    const resampler =
      context.sampleRate === SAMPLE_RATE
        ? undefined
        : await openResampler(context.sampleRate, SAMPLE_RATE);
    if (resampler !== undefined) this.#onClose.push(() => resampler.close());
    this.#checkOpen();
    this.#listen(opened, resampler);
    await startContext(context, startSeconds);
    this.#checkOpen();
    this.#watch(track, context);
    signal?.addEventListener('abort', () => this.close(), { signal: this.#listeners.signal });
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  #listen({ context, source }: MicrophoneContext, resampler: StreamResampler | undefined): void {
    const node = new AudioWorkletNode(context, 'voiceprint-microphone', {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      channelCount: 1,
      channelCountMode: 'explicit',
      processorOptions: { chunkFrames: Math.round(context.sampleRate * CHUNK_SECONDS) },
    });
    node.port.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (this.#closed !== undefined || !(data instanceof Float32Array)) return;
      this.#options.onSamples(resampler === undefined ? data : resampler.push(data));
      if (this.#options.reuse === true) node.port.postMessage(data, [data.buffer]);
    };
    node.onprocessorerror = () => this.#lose('the audio worklet failed');
    source.connect(node);
    this.#onClose.push(() => {
      node.port.postMessage('stop');
      node.port.onmessage = null;
      node.port.close();
      node.onprocessorerror = null;
      source.disconnect();
      node.disconnect();
    });
  }

  #watch(track: MediaStreamTrack, context: AudioContext): void {
    const { signal } = this.#listeners;
    track.addEventListener('ended', () => this.#lose('its track ended'), { signal });
    const muted = () => {
      this.#muteTimer ??= setTimeout(() => {
        const { onMuted } = this.#options;
        if (onMuted === undefined) return this.#lose('the system muted it');
        this.#toldMuted = true;
        onMuted(true);
      }, this.#options.muteSeconds * 1000);
    };
    track.addEventListener('mute', muted, { signal });
    track.addEventListener(
      'unmute',
      () => {
        clearTimeout(this.#muteTimer);
        this.#muteTimer = undefined;
        if (this.#toldMuted) this.#options.onMuted?.(false);
        this.#toldMuted = false;
      },
      { signal },
    );
    if (track.muted) muted();
    context.addEventListener(
      'statechange',
      () => {
        if (context.state === 'closed') this.#lose('its audio context was closed');
        else if (context.state !== 'running') context.resume().catch(() => undefined);
      },
      { signal },
    );
    if (this.#options.keepTracks === true) {
      // Whoever stops a track of their own gets no event of it, and neither does anyone else.
      const timer = setInterval(() => {
        if (track.readyState === 'ended') this.#lose('its track ended');
      }, 1000);
      this.#onClose.push(() => clearInterval(timer));
    }
    // It may have ended before anyone listened.
    if (track.readyState === 'ended') this.#lose('its track ended');
  }

  #lose(why: string): void {
    if (this.#closed !== undefined) return;
    const error = new VoiceprintError(
      'audio/microphone-lost',
      `the microphone stopped (${why}); connect it and record again`,
    );
    this.close().then(() => this.#options.onLost?.(error));
  }

  #checkOpen(): void {
    if (this.#options.signal?.aborted)
      throw aborted('opening the microphone was stopped', this.#options.signal.reason);
  }

  async #closeAll(): Promise<void> {
    this.#listeners.abort();
    clearTimeout(this.#muteTimer);
    for (const undo of this.#onClose.reverse()) {
      // The device is gone either way: what cannot be closed twice must not keep the rest open.
      await Promise.resolve()
        .then(undo)
        .catch(() => undefined);
    }
    this.#onClose.length = 0;
  }
}
