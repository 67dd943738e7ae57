import {
  type StreamDegraded,
  type StreamEvent,
  type StreamMode,
  type StreamScore,
  type StreamSummary,
  scoreRange,
  type Verifier,
  type VoiceStream,
} from 'voiceprint-web';
import { nextRequestId, requestLogMel } from '../parts/log-mel-client.js';
import { EventLog } from './event-log.js';
import { FilePlayer, type Pace, SAMPLE_RATE } from './file-player.js';
import { ScoreHistory } from './score-history.js';
import { Turns } from './turns.js';

/** What a stream is listening to. */
export type LiveSource =
  | { readonly kind: 'microphone' }
  | {
      readonly kind: 'file';
      readonly name: string;
      /** Mono at 16 kHz. */
      readonly samples: Float32Array;
      readonly pace: Pace;
    };

export interface LiveSettings {
  /** The people to listen for. */
  readonly speakers: readonly string[];
  readonly mode: StreamMode | undefined;
  readonly falseAcceptRate: number | undefined;
  readonly source: LiveSource;
}

export type LivePhase = 'starting' | 'listening' | 'paused' | 'ended';

/** Speech is said to have paused so soon, in seconds. */
const SILENCE_SECONDS = 1.5;

/** A trouble is shown so long, in seconds; it stays in the log. */
const TROUBLE_SECONDS = 10;

/**
 * One stream with what the page draws of it. Fires `change` when something happened, several times
 * a second; what moves in between is read from {@link heardSeconds} by whoever draws.
 */
export class LiveSession extends EventTarget {
  readonly settings: LiveSettings;
  /** Both ends of the axis of scores. */
  readonly scoreRange: readonly [number, number];
  readonly scores: ScoreHistory;
  readonly turns = new Turns();
  readonly log = new EventLog();
  readonly stream: VoiceStream;
  phase: LivePhase = 'starting';
  /** Why it ended, or never began. */
  failure: Error | undefined;
  /** What made the stream worse than it was, lately. */
  degraded: StreamDegraded | undefined;
  summary: StreamSummary | undefined;
  /** Seconds of speech until the first decision. */
  firstDecisionSeconds: number | undefined;
  silent = false;
  /** Names the audio in the worker that draws it. */
  pictureId = nextRequestId();
  #samples = 0;
  #player: FilePlayer | undefined;
  #closing = false;
  #lastScore: StreamScore | undefined;

  constructor(verifier: Verifier, settings: LiveSettings) {
    super();
    const { speakers, mode, falseAcceptRate, source } = settings;
    this.settings = settings;
    this.stream = verifier.stream(speakers, {
      source: source.kind === 'microphone' ? 'microphone' : 'pushed',
      silenceSeconds: SILENCE_SECONDS,
      ...(mode === undefined ? {} : { mode }),
      ...(falseAcceptRate === undefined ? {} : { falseAcceptRate }),
      onEvent: (event) => this.#take(event),
      onAudio: (samples) => this.#draw(samples),
    });
    const causal = this.stream.mode === 'causal' ? verifier.streamingModel : undefined;
    this.scoreRange = scoreRange(causal ?? verifier.model);
    this.scores = new ScoreHistory(speakers, this.scoreRange);
    void this.#run(source);
  }

  /** Seconds of audio so far, as the stream counts them. */
  get heardSeconds(): number {
    return this.#samples / SAMPLE_RATE;
  }

  /** The latest score; undefined before the first, and after `restart`. */
  get current(): StreamScore | undefined {
    return this.#lastScore;
  }

  /** Seconds of the file that were played, and its length; undefined with a microphone. */
  get played(): { readonly seconds: number; readonly of: number } | undefined {
    const player = this.#player;
    return player && { seconds: player.playedSeconds, of: player.seconds };
  }

  async pause(): Promise<void> {
    if (this.phase !== 'listening') return;
    this.#enter('paused');
    await this.#player?.pause();
    await this.#guard(this.stream.pause());
  }

  async resume(): Promise<void> {
    if (this.phase !== 'paused') return;
    await this.#guard(this.stream.resume());
    if (this.phase !== 'paused') return;
    this.#enter('listening');
    await this.#player?.start();
  }

  /** As for a new conversation: what was heard is forgotten, the audio goes on. */
  async restart(): Promise<void> {
    await this.#guard(this.stream.reset());
    this.scores.clear();
    this.turns.clear();
    this.log.clear();
    this.#lastScore = undefined;
    this.firstDecisionSeconds = undefined;
    this.degraded = undefined;
    this.silent = false;
    this.#samples = 0;
    this.pictureId = nextRequestId();
    this.#changed();
  }

  async stop(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await this.#player?.close();
    await this.#guard(this.stream.stop());
  }

  async #run(source: LiveSource): Promise<void> {
    void this.stream.finished.then(
      (summary) => this.#end(summary),
      (cause) => this.#fail(cause),
    );
    try {
      await this.stream.ready;
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    if (this.phase !== 'starting') return;
    this.#enter('listening');
    if (source.kind === 'microphone') return;
    this.#player = new FilePlayer(source.samples, this.stream, source.pace);
    try {
      await this.#player.start();
      await this.#player.finished;
    } catch (cause) {
      this.#fail(cause);
    }
    await this.stop();
  }

  #take(event: StreamEvent): void {
    this.log.add(event);
    if (event.type === 'score') {
      this.#lastScore = event;
      this.silent = false;
      const trouble = this.degraded;
      if (trouble && event.atSeconds - trouble.atSeconds > TROUBLE_SECONDS) {
        this.degraded = undefined;
      }
      this.scores.add(event);
      this.turns.add(event);
    } else if (event.type === 'no-speech') this.silent = true;
    else if (event.type === 'degraded') this.degraded = event;
    else if (event.type === 'error') this.#fail(event.error);
    else if (event.type !== 'speaker-change') {
      this.firstDecisionSeconds ??= event.decidedAfterSeconds;
    }
    this.#changed();
  }

  #draw(samples: Float32Array): void {
    this.#samples += samples.length;
    requestLogMel({ kind: 'columns', id: this.pictureId, samples: samples.slice() });
  }

  #end(summary: StreamSummary): void {
    this.summary = summary;
    if (this.#lastScore) this.turns.settle(summary.turns);
    void this.#player?.close();
    this.#enter('ended');
    this.#changed();
  }

  #fail(cause: unknown): void {
    if (this.failure || this.#closing) return;
    this.failure = cause instanceof Error ? cause : new Error(String(cause));
    void this.#player?.close();
    this.#enter('ended');
  }

  /** A failure ends the stream, which says why itself; there is nothing to add here. */
  async #guard(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #enter(phase: LivePhase): void {
    if (this.phase === 'ended') return;
    this.phase = phase;
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}
