import type { StreamDecision } from './types.js';

/** What a {@link StreamDecider} decides by. */
export interface DeciderOptions {
  readonly speakers: number;
  /** An accepted speaker is kept until the log-odds fall so far below 0, in nats. */
  readonly hysteresis: number;
  /** Seconds of speech in a turn before it is decided by itself. */
  readonly minimumSeconds: number;
  /** Seconds of speech that the smoothing looks back on. @defaultValue 0.5 */
  readonly smoothingSeconds?: number;
  /** A change by so many nats within a turn is sharp. @defaultValue 2 */
  readonly sharpChange?: number;
}

/** Defaults of {@link DeciderOptions}. */
const DECIDER_DEFAULTS = {
  smoothingSeconds: 0.5,
  sharpChange: 2,
} as const satisfies Partial<DeciderOptions>;

/** Seconds of speech that a sharp change is measured against. */
const SLOW_SECONDS = 1.5;

/** With less speech behind a score there is little of another voice in it. */
const SHARP_FROM_SECONDS = 2;

/** One score per speaker, and how much speech it rests on. */
export interface DeciderInput {
  /** One per speaker, on any scale. */
  readonly scores: ArrayLike<number>;
  /**
   * Natural-log odds of each speaker against a stranger, by scores on the same scale that were
   * smoothed: from 0 on a speaker may be accepted.
   */
  readonly odds: (smoothed: Float64Array) => ArrayLike<number>;
  /** Nats that a score which is higher by 1 is worth. */
  readonly natsPerScore: number;
  /** Seconds of speech since the stream began. */
  readonly speechSeconds: number;
  /** Counts turns; another number begins the smoothing afresh. */
  readonly turn: number;
  /** Seconds of speech in this turn. */
  readonly turnSeconds: number;
  /** Seconds of speech that the scores look back on. */
  readonly scoredSeconds: number;
}

/** What changed with one input. */
export interface DeciderOutcome {
  /** A decision that is new: somebody else, or for the first time since there was doubt. */
  readonly event: 'accept' | 'reject' | undefined;
  /** The voice is another than the one that was decided on last; undefined for a stranger. */
  readonly change: { readonly from: Identity; readonly to: Identity } | undefined;
  /** The scores moved as they do when another voice fills the window: judge the newest speech alone. */
  readonly sharp: boolean;
}

/** Index of a speaker, or undefined for somebody who is not enrolled. */
type Identity = number | undefined;

const NOTHING = { event: undefined, change: undefined } as const;

/**
 * Decides who speaks from scores, one after the other. Pure: no clock, no audio.
 *
 * Scores are smoothed exponentially by the speech between them. A decision is kept through a short
 * pause until the new turn has speech enough to be decided by itself; {@link StreamDecider.doubt}
 * ends it where the pause was long.
 */
export class StreamDecider {
  readonly #options: Required<DeciderOptions>;
  /** Smoothed, one per speaker. */
  readonly smoothed: Float64Array;
  /** As {@link smoothed}, over more speech. */
  readonly #slow: Float64Array;
  /** By the smoothed scores. */
  #odds: ArrayLike<number> = [];
  #decision: StreamDecision = 'unknown';
  #speaker: Identity;
  #last: { readonly identity: Identity } | undefined;
  #turn = -1;
  #speechSeconds = 0;

  constructor(options: DeciderOptions) {
    this.#options = { ...DECIDER_DEFAULTS, ...options };
    this.smoothed = new Float64Array(options.speakers);
    this.#slow = new Float64Array(options.speakers);
  }

  get decision(): StreamDecision {
    return this.#decision;
  }

  /** Index of the accepted speaker. */
  get speaker(): number | undefined {
    return this.#speaker;
  }

  /** Index of the best speaker by the odds. */
  get best(): number {
    let best = 0;
    for (let index = 1; index < this.#odds.length; index++) {
      if (this.#oddsOf(index) > this.#oddsOf(best)) best = index;
    }
    return best;
  }

  push(input: DeciderInput): DeciderOutcome {
    this.#smooth(input);
    this.#odds = input.odds(this.smoothed);
    const enough = input.turnSeconds >= this.#options.minimumSeconds;
    const decided = enough ? this.#decide() : NOTHING;
    if (!enough) this.#doubtEarly();
    return { ...decided, sharp: this.#isSharp(input) };
  }

  /** Nothing is known any more about who will speak next. */
  doubt(): void {
    this.#decision = 'unknown';
    this.#speaker = undefined;
    this.#turn = -1;
  }

  /** Begins anew. */
  reset(): void {
    this.doubt();
    this.#last = undefined;
    this.#speechSeconds = 0;
    this.smoothed.fill(0);
    this.#odds = [];
  }

  #smooth({ scores, speechSeconds, turn }: DeciderInput): void {
    const fresh = turn !== this.#turn;
    const passed = Math.max(0, speechSeconds - this.#speechSeconds);
    const share = fresh ? 1 : 1 - Math.exp(-passed / this.#options.smoothingSeconds);
    const slowShare = fresh ? 1 : 1 - Math.exp(-passed / SLOW_SECONDS);
    for (const index of this.smoothed.keys()) {
      const score = scores[index] ?? 0;
      const before = this.smoothed[index] ?? 0;
      const slow = this.#slow[index] ?? 0;
      this.smoothed[index] = before + share * (score - before);
      this.#slow[index] = slow + slowShare * (score - slow);
    }
    this.#turn = turn;
    this.#speechSeconds = speechSeconds;
  }

  /** A new turn that begins with quite another voice is not the accepted speaker's any more. */
  #doubtEarly(): void {
    if (this.#speaker === undefined) return;
    const { hysteresis, sharpChange } = this.#options;
    if (this.#oddsOf(this.#speaker) >= -hysteresis - sharpChange) return;
    this.#decision = 'unknown';
    this.#speaker = undefined;
  }

  /** The accepted voice fell away, or an enrolled one came up where a stranger spoke. */
  #isSharp({ scores, scoredSeconds, natsPerScore }: DeciderInput): boolean {
    if (scoredSeconds < SHARP_FROM_SECONDS) return false;
    const { sharpChange } = this.#options;
    const rise = (index: number): number =>
      natsPerScore * ((scores[index] ?? 0) - (this.#slow[index] ?? 0));
    if (this.#speaker !== undefined) return rise(this.#speaker) <= -sharpChange;
    return this.#decision === 'rejected' && rise(this.best) >= sharpChange;
  }

  #decide(): Pick<DeciderOutcome, 'event' | 'change'> {
    const { hysteresis } = this.#options;
    const { best } = this;
    const highest = this.#oddsOf(best);
    if (this.#decision === 'accepted' && this.#speaker !== undefined) {
      const own = this.#oddsOf(this.#speaker);
      const overtaken = highest >= 0 && highest > own + hysteresis;
      if (own >= -hysteresis && !overtaken) return NOTHING;
    }
    if (highest >= 0) return this.#become('accepted', best);
    // Between the two limits a doubt goes on; a decision falls, or stays what it was.
    if (this.#decision === 'unknown' && highest >= -hysteresis) return NOTHING;
    return this.#become('rejected', undefined);
  }

  #oddsOf(speaker: number): number {
    return this.#odds[speaker] ?? Number.NEGATIVE_INFINITY;
  }

  #become(
    decision: 'accepted' | 'rejected',
    speaker: Identity,
  ): Pick<DeciderOutcome, 'event' | 'change'> {
    if (decision === this.#decision && speaker === this.#speaker) return NOTHING;
    this.#decision = decision;
    this.#speaker = speaker;
    const last = this.#last;
    this.#last = { identity: speaker };
    const changed = last !== undefined && last.identity !== speaker;
    return {
      event: decision === 'accepted' ? 'accept' : 'reject',
      change: changed ? { from: last.identity, to: speaker } : undefined,
    };
  }
}
