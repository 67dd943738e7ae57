import { SAMPLE_RATE } from '../audio/limits.js';
import type { OpenMicrophone } from '../audio/microphone/open-microphone.js';
import type { MicrophoneSettings } from '../audio/types.js';
import { type HeardStep, LISTEN_DEFAULTS, type Listening } from '../engine/live/types.js';
import type { Engine } from '../engine/types.js';
import { VoiceprintError } from '../errors.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { aborted, disposed } from '../lifetime/ended.js';
import { createSerialQueue } from '../lifetime/serial-queue.js';
import type { BackendReport } from '../runtime/types.js';
import { guarded, tellStream } from './events.js';
import { StreamIntake } from './intake.js';
import { movedToWasm, StreamListener } from './listener.js';
import { StreamMicrophone } from './microphone.js';
import type { CheckedStreamOptions } from './options.js';
import { StreamPump } from './pump.js';
import type { StreamScorer } from './scorer.js';
import type {
  StreamDegraded,
  StreamEvent,
  StreamMode,
  StreamScore,
  StreamState,
  StreamSummary,
  VoiceStream,
} from './types.js';

/** What a stream is put together from. */
export interface VoiceStreamParts {
  readonly engine: Engine;
  readonly openMicrophone: OpenMicrophone;
  readonly mode: StreamMode;
  /** Hash of the model that embeds. */
  readonly model: string;
  /** Whom the stream listens for, once that is known. */
  readonly scorer: () => Promise<StreamScorer>;
}

/** Samples that go to the engine at once: 160 ms, or 80 ms for those who want many scores. */
const BLOCK = { usual: 2560, fast: 1280, fastFrom: 6 } as const;

/** Opens a stream, which starts by itself. */
export function openVoiceStream(
  parts: VoiceStreamParts,
  options: CheckedStreamOptions,
): RunningStream {
  return new RunningStream(parts, options);
}

/** A stream as the verifier holds it. */
export class RunningStream implements VoiceStream {
  readonly mode: StreamMode;
  readonly ready: Promise<void>;
  readonly finished: Promise<StreamSummary>;
  readonly #parts: VoiceStreamParts;
  readonly #options: CheckedStreamOptions;
  readonly #pump: StreamPump;
  readonly #intake: StreamIntake;
  /** Pause, resume, reset and the end wait for each other. */
  readonly #changes = createSerialQueue();
  #state: StreamState = 'starting';
  #backend: BackendReport;
  #listener: StreamListener | undefined;
  #voice: Listening | undefined;
  readonly #microphone: StreamMicrophone | undefined;
  #restarted = false;
  #draining = false;
  #ending: Promise<void> | undefined;
  #finish: (summary: StreamSummary) => void = () => undefined;

  constructor(parts: VoiceStreamParts, options: CheckedStreamOptions) {
    this.#parts = parts;
    this.#options = options;
    this.mode = parts.mode;
    this.#backend = parts.engine.backend;
    const fast = options.scoresPerSecond > BLOCK.fastFrom;
    this.#pump = new StreamPump(
      {
        sampleRate: SAMPLE_RATE,
        blockSamples: fast ? BLOCK.fast : BLOCK.usual,
        mostWaiting: Math.round(options.maximumLagSeconds * SAMPLE_RATE),
      },
      {
        onStep: (step, arrived) => this.#hear(step, arrived),
        onDropped: () =>
          this.#degrade(
            'dropped-audio',
            'This device is too slow to keep up; the oldest waiting audio is dropped.',
          ),
        onFailure: (error) => void this.#recover(error),
      },
    );
    this.#intake = new StreamIntake(SAMPLE_RATE, {
      push: (samples) => {
        guarded(options.onAudio, samples);
        return this.#pump.push(samples);
      },
      onRateChange: (from, to) =>
        this.#degrade(
          'sample-rate-changed',
          `The audio comes at ${to} Hz now, before at ${from} Hz.`,
        ),
    });
    const { source } = options;
    if (source !== 'pushed') {
      const given = source === 'microphone' ? undefined : source;
      this.#microphone = new StreamMicrophone(parts.openMicrophone, given, {
        onSamples: (samples) => {
          if (this.#ending !== undefined) return;
          guarded(options.onAudio, samples);
          this.#pump.write(samples);
        },
        onDegraded: (reason, message) => this.#degrade(reason, message),
        onLost: (error) => this.#fail(error),
      });
    }
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.ready = this.#changes.run(() => this.#start());
    // Whoever only listens to events must not be told of an unhandled rejection.
    this.ready.catch(() => undefined);
    if (options.signal?.aborted !== true) {
      options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  get state(): StreamState {
    return this.#state;
  }

  get backend(): BackendReport {
    return this.#backend;
  }

  get microphone(): MicrophoneSettings | undefined {
    return this.#microphone?.settings;
  }

  get current(): StreamScore | undefined {
    return this.#listener?.current;
  }

  async push(samples: Float32Array, sampleRate: number = SAMPLE_RATE): Promise<void> {
    this.#refuseEnded();
    if (this.#options.source !== 'pushed') {
      throw new VoiceprintError(
        'verifier/invalid',
        "this stream listens to a microphone; open one with source 'pushed' to push audio",
      );
    }
    if (!(samples instanceof Float32Array)) {
      throw new VoiceprintError(
        'audio/invalid',
        `samples are ${samples === null ? 'null' : `of type ${typeof samples}`}; give a Float32Array of mono PCM in [-1, 1]`,
      );
    }
    if (this.#state === 'paused') return;
    await this.#intake.push(samples, sampleRate);
  }

  pause(): Promise<void> {
    return this.#change(async () => {
      if (this.#state !== 'running') return;
      this.#state = 'paused';
      await this.#microphone?.stop();
      await this.#pump.drain();
      await this.#voice?.endTurn(0).catch(ignoreFailed);
      this.#listener?.doubt();
    });
  }

  resume(): Promise<void> {
    return this.#change(async () => {
      if (this.#state !== 'paused') return;
      await this.#microphone?.start();
      this.#state = 'running';
    });
  }

  reset(): Promise<void> {
    return this.#change(async () => {
      await this.#pump.clear();
      await this.#voice?.reset().catch(ignoreFailed);
      this.#listener?.reset();
    });
  }

  stop(): Promise<StreamSummary> {
    this.#end(true);
    return this.finished;
  }

  /** Ends the stream without hearing what still waits. */
  async abort(): Promise<void> {
    this.#end(false);
    await this.finished;
  }

  /** Ends the stream without hearing what still waits. */
  [asyncDispose](): Promise<void> {
    return this.abort();
  }

  readonly #onAbort = (): void => this.#end(false);

  async #start(): Promise<void> {
    const { scorer } = this.#parts;
    try {
      if (this.#options.signal?.aborted === true) throw endedEarly(this.#options.signal);
      this.#listener = new StreamListener(await scorer(), this.#options, (event) =>
        this.#tell(event),
      );
      const opening = this.#openVoice();
      // The microphone is opened at the same time, while the click that asked for it still counts.
      const listening = this.#microphone?.start();
      listening?.catch(() => undefined);
      this.#voice = await opening;
      await listening;
      // What was pushed before an early stop is still heard; a microphone has nothing to say then.
      const early =
        this.#ending !== undefined && (this.#microphone !== undefined || !this.#draining);
      if (early) throw endedEarly(this.#options.signal);
      this.#state = 'running';
      this.#pump.connect(this.#voice);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #openVoice(): Promise<Listening> {
    const { engine, mode, model } = this.#parts;
    const { windowSeconds, scoresPerSecond } = this.#options;
    return engine.listen({ embed: { model, mode, windowSeconds, scoresPerSecond } });
  }

  /** Listens anew where the engine or its worker failed, once; what was decided is kept. */
  async #recover(cause: unknown): Promise<void> {
    const { engine } = this.#parts;
    const failed = cause instanceof VoiceprintError && cause.code === 'backend/failed';
    if (!failed || this.#restarted || this.#ending !== undefined) return this.#fail(cause);
    this.#restarted = true;
    await this.#changes
      .run(async () => {
        if (this.#ending !== undefined) return;
        const broken = this.#voice;
        this.#voice = await this.#openVoice();
        // It may never answer, and nobody waits for it.
        Promise.resolve(broken?.[asyncDispose]()).catch(() => undefined);
        this.#backend = engine.backend;
        this.#listener?.engineRestarted();
        this.#degrade('worker-restarted', 'The worker ended unexpectedly and was started again.');
        this.#pump.connect(this.#voice);
      })
      .catch((error: unknown) => this.#fail(error));
  }

  #hear(step: HeardStep, arrived: number): void {
    const { load, droppedSeconds, seconds } = this.#pump;
    const before = this.#backend;
    this.#backend = step.backend;
    if (movedToWasm(before, step.backend)) {
      this.#degrade('moved-to-wasm', `The graphics device failed: ${step.backend.reason}`);
    }
    const heard = this.#listener?.hear(step, { atSeconds: seconds, arrived, load, droppedSeconds });
    // The answer to the next block comes after it, and so does its failure.
    if (heard === 'other-voice') {
      this.#voice?.endTurn(LISTEN_DEFAULTS.keptSeconds).catch(() => undefined);
    }
  }

  #fail(cause: unknown): void {
    if (this.#ending !== undefined) return;
    const error = asError(cause);
    const wanted = error.code === 'aborted' || error.code === 'disposed';
    if (!wanted) this.#tell({ type: 'error', atSeconds: this.#pump.seconds, error });
    this.#end(false);
  }

  #end(drain: boolean): void {
    // Whoever is in a hurry does not wait for a stop that is under way.
    this.#draining = drain && (this.#ending === undefined || this.#draining);
    if (!drain) this.#pump.stop();
    this.#ending ??= this.#changes.run(() => this.#close());
  }

  async #close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    await this.#microphone?.stop().catch(() => undefined);
    if (this.#draining) {
      await this.#intake.flush().catch(() => undefined);
      await this.#pump.drain();
    }
    this.#pump.stop();
    this.#intake.close();
    await Promise.resolve(this.#voice?.[asyncDispose]()).catch(() => undefined);
    this.#state = 'ended';
    const { seconds, droppedSeconds } = this.#pump;
    this.#finish(
      this.#listener?.summary(seconds, droppedSeconds) ?? {
        seconds,
        speechSeconds: 0,
        droppedSeconds,
        firstDecisionSeconds: undefined,
        turns: [],
      },
    );
  }

  async #change(task: () => Promise<void>): Promise<void> {
    this.#refuseEnded();
    await this.#changes.run(async () => {
      if (this.#ending === undefined) await task();
    });
  }

  #degrade(reason: StreamDegraded['reason'], message: string): void {
    const { seconds: atSeconds, droppedSeconds } = this.#pump;
    this.#tell({ type: 'degraded', atSeconds, reason, message, droppedSeconds });
  }

  #tell(event: StreamEvent): void {
    tellStream(this.#options, event);
  }

  #refuseEnded(): void {
    if (this.#ending === undefined) return;
    throw disposed('this stream has ended; open another with verifier.stream()');
  }
}

/** An engine that died says so with the next block, and is started again then. */
function ignoreFailed(error: unknown): void {
  if (!(error instanceof VoiceprintError && error.code === 'backend/failed')) throw error;
}

function endedEarly(signal: AbortSignal | undefined): VoiceprintError {
  return aborted('the stream was ended before it began', signal?.reason);
}

function asError(cause: unknown): VoiceprintError {
  return cause instanceof VoiceprintError
    ? cause
    : new VoiceprintError('backend/failed', 'the stream failed (see cause); open another', {
        cause,
      });
}
