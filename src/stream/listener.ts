import type { HeardStep, VoiceEmbedding } from '../engine/live/types.js';
import type { BackendReport } from '../runtime/types.js';
import type { Among } from '../scoring/among.js';
import type { Trial } from '../scoring/trial.js';
import { StreamDecider } from './decider.js';
import type { CheckedStreamOptions } from './options.js';
import type { StreamScorer } from './scorer.js';
import { StreamTimeline } from './timeline.js';
import type { StreamCandidate, StreamEvent, StreamScore, StreamSummary } from './types.js';

/** When a step happened and what it took. */
export interface StepContext {
  readonly atSeconds: number;
  /** When the last sample of the step came, by `performance.now()`. */
  readonly arrived: number;
  readonly load: number;
  readonly droppedSeconds: number;
}

/** The smoothed trials of one step, and who they speak for. */
interface HeardTrials {
  readonly trials: readonly Trial[];
  readonly among: Among;
  readonly scoredSeconds: number;
}

/** Turns what the engine heard into scores, decisions and events. */
export class StreamListener {
  readonly #scorer: StreamScorer;
  readonly #options: CheckedStreamOptions;
  readonly #tell: (event: StreamEvent) => void;
  readonly #decider: StreamDecider;
  readonly #timeline = new StreamTimeline();
  #current: StreamScore | undefined;
  #firstDecisionSeconds: number | undefined;
  #speechSeconds = 0;
  #toldSilence = false;
  #atSeconds = 0;
  /** Speech of the streams before a restart of the engine. */
  #earlierSpeech = 0;
  #earlierTurns = 0;
  #turn = 0;

  constructor(
    scorer: StreamScorer,
    options: CheckedStreamOptions,
    tell: (event: StreamEvent) => void,
  ) {
    this.#scorer = scorer;
    this.#options = options;
    this.#tell = tell;
    const { hysteresis, minimumSeconds } = options;
    const speakers = scorer.speakers.length;
    this.#decider = new StreamDecider({ speakers, hysteresis, minimumSeconds });
  }

  get current(): StreamScore | undefined {
    return this.#current;
  }

  /** @returns `'other-voice'` where the score changed as it does when somebody else speaks on. */
  hear(step: HeardStep, context: StepContext): 'other-voice' | undefined {
    const spoken = this.#earlierSpeech + step.speechSeconds - this.#speechSeconds;
    this.#speechSeconds += spoken;
    this.#turn = step.turn;
    const sharp = step.embedding !== undefined && this.#score(step, step.embedding, context);
    this.#follow(step, spoken, context.atSeconds);
    return sharp ? 'other-voice' : undefined;
  }

  /** What follows comes from another stream of the engine, which counts from 0. */
  engineRestarted(): void {
    this.#earlierSpeech = this.#speechSeconds;
    this.#earlierTurns += this.#turn + 1;
    this.#turn = 0;
  }

  /** The stream was paused: who speaks next is open. */
  doubt(): void {
    this.#timeline.silence();
    this.#decider.doubt();
  }

  reset(): void {
    this.#decider.reset();
    this.#timeline.clear();
    this.#current = undefined;
    this.#firstDecisionSeconds = undefined;
    this.#speechSeconds = 0;
    this.#toldSilence = false;
    this.#atSeconds = 0;
    this.#earlierSpeech = 0;
    this.#earlierTurns = 0;
    this.#turn = 0;
  }

  summary(seconds: number, droppedSeconds: number): StreamSummary {
    return {
      seconds,
      speechSeconds: this.#speechSeconds,
      droppedSeconds,
      firstDecisionSeconds: this.#firstDecisionSeconds,
      turns: this.#timeline.turns(),
    };
  }

  #score(step: HeardStep, embedding: VoiceEmbedding, context: StepContext): boolean {
    const scorer = this.#scorer;
    const { scoredSeconds } = embedding;
    const latest = scorer.scoreAll(embedding.values, scoredSeconds);
    let heard: HeardTrials = { trials: latest, among: scorer.among(latest), scoredSeconds };
    const { event, change, sharp } = this.#decider.push({
      scores: latest.map(({ score }) => score),
      odds: (smoothed) => {
        const trials = scorer.known(
          latest.map((trial, index) => ({ ...trial, score: smoothed[index] ?? trial.score })),
        );
        heard = { trials, among: scorer.among(trials), scoredSeconds };
        return heard.among.odds;
      },
      natsPerScore: scorer.natsPerScore(scoredSeconds),
      scoredSeconds,
      speechSeconds: this.#speechSeconds,
      turn: this.#earlierTurns + step.turn,
      turnSeconds: step.turnSeconds,
    });
    if (event !== undefined) this.#firstDecisionSeconds ??= this.#speechSeconds;
    const score = this.#describe(heard, context);
    this.#current = score;
    this.#tell(score);
    const { atSeconds } = context;
    if (change !== undefined) {
      const [from, to] = [this.#nameOf(change.from), this.#nameOf(change.to)];
      this.#tell({ type: 'speaker-change', atSeconds, from, to });
    }
    const decidedAfterSeconds = step.turnSeconds;
    if (event === 'accept' && score.speaker !== undefined) {
      this.#tell({ type: 'accept', atSeconds, speaker: score.speaker, score, decidedAfterSeconds });
    } else if (event === 'reject') {
      this.#tell({ type: 'reject', atSeconds, score, decidedAfterSeconds });
    }
    return sharp;
  }

  #describe(
    { trials, among, scoredSeconds }: HeardTrials,
    { atSeconds, arrived, load, droppedSeconds }: StepContext,
  ): StreamScore {
    const scorer = this.#scorer;
    const { decision, speaker } = this.#decider;
    const { posterior, nobody } = among;
    const candidates = scorer.speakers.flatMap((name, index): readonly StreamCandidate[] => {
      const trial = trials[index];
      if (trial === undefined) return [];
      const { cosine, score, llr } = trial;
      return [{ speaker: name, cosine, score, llr, posterior: posterior?.[index] }];
    });
    candidates.sort((a, b) => b.score - a.score);
    const [best] = candidates;
    return {
      type: 'score',
      atSeconds,
      speechSeconds: this.#speechSeconds,
      scoredSeconds,
      decision,
      speaker: this.#nameOf(speaker),
      candidates,
      cosine: best?.cosine ?? 0,
      score: best?.score ?? 0,
      llr: best?.llr,
      nobody,
      ...scorer.point,
      cost: { latencyMilliseconds: performance.now() - arrived, load, droppedSeconds },
    };
  }

  /** Keeps the timeline, and tells of silence. */
  #follow(step: HeardStep, spoken: number, atSeconds: number): void {
    const { decision, speaker } = this.#decider;
    const { silentSeconds } = step;
    if (spoken > 0) {
      const end = Math.max(this.#atSeconds, atSeconds - silentSeconds);
      const start = Math.max(this.#atSeconds, end - spoken);
      this.#timeline.speech(start, end, decision, this.#nameOf(speaker));
      this.#toldSilence = false;
    }
    this.#atSeconds = atSeconds;
    if (silentSeconds < this.#options.silenceSeconds || this.#toldSilence) return;
    this.#toldSilence = true;
    this.doubt();
    this.#tell({ type: 'no-speech', atSeconds, silentSeconds });
  }

  #nameOf(index: number | undefined): string | undefined {
    return index === undefined ? undefined : this.#scorer.speakers[index];
  }
}

/** Whether a stream moved from the graphics device to the processor between two steps. */
export function movedToWasm(before: BackendReport, now: BackendReport): boolean {
  return before.name === 'webgpu' && now.name === 'wasm';
}
