import type { OpenMicrophone } from '../audio/microphone/open-microphone.js';
import type { MicrophoneSettings } from '../audio/types.js';
import { VoiceprintError } from '../errors.js';
import type { StreamDegraded } from './types.js';

/** What a {@link StreamMicrophone} reports. */
export interface MicrophoneListener {
  /** @param samples - 16 kHz mono; taken back on return. */
  onSamples(samples: Float32Array): void;
  onDegraded(reason: StreamDegraded['reason'], message: string): void;
  /** The device is gone and no other took its place. It is closed by then. */
  onLost(error: VoiceprintError): void;
}

/** Seconds without audio while the page was hidden that count as a pause of the page. */
const HIDDEN_GAP_SECONDS = 1;

/**
 * The microphone of a stream, or a MediaStream that somebody gave. Where a device goes away, the
 * browser's choice takes its place, once per loss; what a page does not hear while it is hidden is
 * told.
 */
export class StreamMicrophone {
  readonly #open: OpenMicrophone;
  readonly #given: MediaStream | undefined;
  readonly #listener: MicrophoneListener;
  #device: Awaited<ReturnType<OpenMicrophone>> | undefined;
  #wanted = false;
  #lastHeard = 0;
  /** Whether the page was hidden since the last audio. */
  #hidden = false;

  /** @param given - Heard in place of a microphone of our own; its tracks are left running. */
  constructor(open: OpenMicrophone, given: MediaStream | undefined, listener: MicrophoneListener) {
    this.#open = open;
    this.#given = given;
    this.#listener = listener;
  }

  /** The device in use; undefined while none is open. */
  get settings(): MicrophoneSettings | undefined {
    return this.#device?.settings;
  }

  /** @throws VoiceprintError as `openMicrophone`. */
  async start(): Promise<void> {
    this.#wanted = true;
    globalThis.document?.addEventListener('visibilitychange', this.#onVisibility);
    try {
      await this.#connect();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Gives the device back. Idempotent. */
  async stop(): Promise<void> {
    this.#wanted = false;
    globalThis.document?.removeEventListener('visibilitychange', this.#onVisibility);
    const device = this.#device;
    this.#device = undefined;
    this.#hidden = false;
    await device?.close();
  }

  async #connect(): Promise<void> {
    const given = this.#given;
    this.#lastHeard = performance.now();
    const device = await this.#open({
      reuse: true,
      onSamples: (samples) => this.#hear(samples),
      onMuted: (muted) => {
        // The silence in between was not the page's.
        this.#lastHeard = performance.now();
        if (!muted || !this.#wanted) return;
        this.#listener.onDegraded(
          'microphone-muted',
          'The system has muted the microphone; nothing is heard until it is unmuted.',
        );
      },
      onLost: (error) => void this.#replace(error),
      ...(given === undefined ? {} : { getStream: async () => given, keepTracks: true }),
    });
    this.#device = device;
    if (!this.#wanted) await this.stop();
  }

  #hear(samples: Float32Array): void {
    if (!this.#wanted) return;
    const now = performance.now();
    const gap = (now - this.#lastHeard) / 1000;
    this.#lastHeard = now;
    if (this.#hidden && gap >= HIDDEN_GAP_SECONDS) {
      this.#listener.onDegraded(
        'page-hidden',
        `The browser held this page back for ${gap.toFixed(1)} s while it was hidden.`,
      );
    }
    this.#hidden = globalThis.document?.hidden === true;
    this.#listener.onSamples(samples);
  }

  async #replace(error: VoiceprintError): Promise<void> {
    this.#device = undefined;
    if (!this.#wanted) return;
    // A stream that was given cannot be had again.
    if (this.#given !== undefined) return this.#giveUp(error);
    try {
      await this.#connect();
    } catch (failure) {
      return this.#giveUp(failure instanceof VoiceprintError ? failure : error);
    }
    if (!this.#wanted) return;
    this.#listener.onDegraded(
      'device-changed',
      `The microphone went away; listening to ${this.settings?.label || 'another one'} now.`,
    );
  }

  async #giveUp(error: VoiceprintError): Promise<void> {
    await this.stop();
    this.#listener.onLost(error);
  }

  readonly #onVisibility = (): void => {
    if (globalThis.document?.hidden === true) this.#hidden = true;
  };
}
