import type { VoiceStream } from 'voiceprint-web';

export const SAMPLE_RATE = 16_000;

/** How often audio is handed on; more at once after the tab was in the background. */
const STEP_MILLISECONDS = 80;
/** What is handed on at once where the pace is the device's own. */
const FAST_SAMPLES = SAMPLE_RATE / 4;

/** `'fast'` goes as fast as the device can, without sound. */
export type Pace = 'aloud' | 'silent' | 'fast';

/**
 * Plays decoded audio into a stream as a microphone would bring it: at real time, aloud or not, or
 * as fast as the stream takes it.
 */
export class FilePlayer {
  readonly #samples: Float32Array;
  readonly #stream: Pick<VoiceStream, 'push'>;
  readonly #pace: Pace;
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #pushed = 0;
  #startedAt = 0;
  #playedBefore = 0;
  #running = false;
  #closed = false;
  /** Resolves when everything was taken in, or the player was closed. */
  readonly finished: Promise<void>;
  #finish: () => void = () => {};

  constructor(samples: Float32Array, stream: Pick<VoiceStream, 'push'>, pace: Pace) {
    this.#samples = samples;
    this.#stream = stream;
    this.#pace = pace;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get seconds(): number {
    return this.#samples.length / SAMPLE_RATE;
  }

  get playedSeconds(): number {
    return this.#pushed / SAMPLE_RATE;
  }

  async start(): Promise<void> {
    if (this.#closed || this.#running) return;
    this.#running = true;
    if (this.#pace === 'fast') return this.#pushFast();
    if (this.#pace === 'aloud') {
      this.#context ??= this.#openSound();
      await this.#context.resume();
    }
    this.#startedAt = this.#now();
    this.#timer = setInterval(() => this.#pushDue(), STEP_MILLISECONDS);
  }

  async pause(): Promise<void> {
    if (!this.#running) return;
    this.#pushDue();
    this.#running = false;
    this.#playedBefore = this.playedSeconds;
    clearInterval(this.#timer);
    await this.#context?.suspend();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#running = false;
    clearInterval(this.#timer);
    this.#finish();
    if (this.#context?.state !== 'closed') await this.#context?.close();
  }

  #openSound(): AudioContext {
    const context = new AudioContext();
    const buffer = context.createBuffer(1, this.#samples.length, SAMPLE_RATE);
    buffer.getChannelData(0).set(this.#samples);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.start();
    return context;
  }

  /** Seconds by the clock that plays: what is heard and what is scored stay together. */
  #now(): number {
    return this.#context ? this.#context.currentTime : performance.now() / 1000;
  }

  #pushDue(): void {
    if (!this.#running || this.#pace === 'fast') return;
    const played = this.#playedBefore + this.#now() - this.#startedAt;
    const due = Math.min(this.#samples.length, Math.floor(played * SAMPLE_RATE));
    if (due > this.#pushed) {
      // Not awaited: a stream that cannot keep up has to drop audio here as with a microphone.
      this.#push(due).catch(() => void this.close());
    }
    if (this.#pushed === this.#samples.length) {
      clearInterval(this.#timer);
      this.#running = false;
    }
  }

  async #pushFast(): Promise<void> {
    try {
      while (this.#running && this.#pushed < this.#samples.length) {
        await this.#push(this.#pushed + FAST_SAMPLES);
      }
    } catch {
      // The stream says itself why it ended.
      await this.close();
    }
  }

  async #push(until: number): Promise<void> {
    const chunk = this.#samples.subarray(this.#pushed, until);
    this.#pushed += chunk.length;
    await this.#stream.push(chunk, SAMPLE_RATE);
    if (this.#pushed === this.#samples.length) this.#finish();
  }
}
