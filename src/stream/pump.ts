import type { HeardStep, Listening } from '../engine/live/types.js';
import { SampleQueue } from './sample-queue.js';

/** What a {@link StreamPump} reports. */
export interface PumpListener {
  /** The engine took a block in. */
  onStep(step: HeardStep, arrived: number): void;
  /** Audio was dropped, for the first time since the engine had kept up. */
  onDropped(): void;
  /** The engine failed; the pump has stopped until {@link StreamPump.connect}. */
  onFailure(error: unknown): void;
}

/** Options of a {@link StreamPump}. */
export interface PumpOptions {
  readonly sampleRate: number;
  /** Samples that go to the engine at once. */
  readonly blockSamples: number;
  /** Beyond so many samples that wait, the oldest of live audio are dropped. */
  readonly mostWaiting: number;
}

/** Seconds of audio that the load is averaged over. */
const LOAD_SECONDS = 3;

/** With so much audio waiting at the most, the engine keeps up, and pushes are answered. */
const KEEPS_UP = { seconds: 0.5, share: 0.25 } as const;

/**
 * Moves audio from where it comes in to the engine, block by block, and drops the oldest when the
 * engine is too slow. Two blocks go round for as long as the stream runs.
 */
export class StreamPump {
  readonly #options: PumpOptions;
  readonly #listener: PumpListener;
  readonly #queue: SampleQueue;
  #voice: Listening | undefined;
  #spare: Float32Array | undefined;
  #busy: Promise<void> | undefined;
  #draining = false;
  #taken = 0;
  #dropped = 0;
  #dropping = false;
  #load: number | undefined;
  readonly #waiting: (() => void)[] = [];

  constructor(options: PumpOptions, listener: PumpListener) {
    this.#options = options;
    this.#listener = listener;
    this.#queue = new SampleQueue(options.mostWaiting + options.blockSamples);
  }

  /** Seconds of audio that were taken in or dropped. */
  get seconds(): number {
    return (this.#taken + this.#dropped) / this.#options.sampleRate;
  }

  get droppedSeconds(): number {
    return this.#dropped / this.#options.sampleRate;
  }

  /** Share of real time that the engine takes, over the last seconds. */
  get load(): number {
    return this.#load ?? 0;
  }

  /** From now on audio goes to `voice`. */
  connect(voice: Listening): void {
    this.#voice = voice;
    this.#start();
  }

  /** Audio waits again. */
  disconnect(): void {
    this.#voice = undefined;
  }

  /**
   * Takes samples in; the array stays the caller's.
   *
   * @param live - Nobody waits for the engine: what it cannot keep up with is dropped.
   */
  write(samples: Float32Array, live = true): void {
    this.#queue.write(samples, performance.now());
    if (live) this.#dropOldest(Math.max(this.#options.mostWaiting, samples.length));
    this.#start();
  }

  /** Takes samples in and resolves when the engine has caught up with them. */
  push(samples: Float32Array): Promise<void> {
    // Whoever pushes on without waiting for the answer is live.
    this.write(samples, this.#waiting.length > 0);
    if (this.#caughtUp()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when everything that waits has gone through the engine. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#start();
    try {
      await this.#busy;
    } finally {
      this.#draining = false;
    }
  }

  /** Forgets what waits, and the counts. */
  async clear(): Promise<void> {
    this.#queue.clear();
    await this.#busy;
    this.#queue.clear();
    this.#taken = 0;
    this.#dropped = 0;
    this.#answer();
  }

  /** Nothing goes to the engine any more. */
  stop(): void {
    this.#voice = undefined;
    this.#queue.clear();
    this.#answer();
  }

  #start(): void {
    if (this.#busy !== undefined || !this.#ready()) return;
    this.#busy = this.#run().finally(() => {
      this.#busy = undefined;
      // What came while the last step was told.
      this.#start();
    });
  }

  #ready(): boolean {
    const { length } = this.#queue;
    const enough = this.#draining ? length > 0 : length >= this.#options.blockSamples;
    return this.#voice !== undefined && enough;
  }

  async #run(): Promise<void> {
    while (this.#ready()) {
      const voice = this.#voice;
      if (voice === undefined) return;
      const block = this.#spare ?? new Float32Array(this.#options.blockSamples);
      this.#spare = undefined;
      const length = this.#queue.read(block);
      const arrived = this.#queue.lastReadTime(performance.now());
      this.#taken += length;
      try {
        const step = await voice.push(block, length);
        this.#spare = step.samples;
        this.#measure(step.milliseconds, length);
        if (this.#caughtUp()) this.#answer();
        if (this.#voice === voice) this.#listener.onStep(step, arrived);
      } catch (error) {
        if (this.#voice !== voice) continue;
        this.#voice = undefined;
        // What was on its way is lost with the engine.
        this.#taken -= length;
        this.#dropped += length;
        this.#listener.onFailure(error);
      }
    }
  }

  #measure(milliseconds: number, samples: number): void {
    const seconds = samples / this.#options.sampleRate;
    const now = milliseconds / 1000 / seconds;
    const share = this.#load === undefined ? 1 : 1 - Math.exp(-seconds / LOAD_SECONDS);
    this.#load = (this.#load ?? 0) + share * (now - (this.#load ?? 0));
  }

  #dropOldest(most: number): void {
    const over = this.#queue.length - most;
    if (over <= 0) return;
    this.#queue.drop(over);
    this.#dropped += over;
    if (this.#dropping) return;
    this.#dropping = true;
    this.#listener.onDropped();
  }

  #caughtUp(): boolean {
    const { sampleRate, mostWaiting } = this.#options;
    const most = Math.min(KEEPS_UP.seconds * sampleRate, KEEPS_UP.share * mostWaiting);
    const caughtUp = this.#queue.length <= Math.max(most, this.#options.blockSamples);
    if (caughtUp) this.#dropping = false;
    return caughtUp;
  }

  #answer(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
