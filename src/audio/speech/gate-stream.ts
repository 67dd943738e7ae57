import type { Session } from '../../tensor.js';
import { SILERO_FRAME, SileroStream } from './silero.js';
import { MOST_PASSED_FRAMES, SpeechGate, type SpeechGateOptions } from './speech-gate.js';

/** What a {@link GateStream} let pass of the samples that were pushed last. */
export interface GatedSpeech {
  /** 16 kHz speech, pauses cut out; may be empty. A view that is valid until the next push. */
  readonly speech: Float32Array;
  /** Whether somebody speaks at the end of what was pushed. */
  readonly speaking: boolean;
  /** Seconds since the last speech; since the beginning where there was none. */
  readonly silentSeconds: number;
  /** Length of the pause before `speech` in seconds, if speech began in what was pushed; else 0. */
  readonly pauseBefore: number;
}

/** Lets the speech in live audio pass. Opened by `SpeechDetector.openGate`. */
export interface GateStream {
  /**
   * @param samples - The next 16 kHz mono PCM, of any length. The next call only after this one
   * has resolved.
   */
  push(samples: Float32Array): Promise<GatedSpeech>;
  reset(): void;
}

/** A speech gate over a session of Silero VAD. Steady state allocates nothing of its own. */
export class SileroGate implements GateStream {
  readonly #silero: SileroStream;
  readonly #gate: SpeechGate;
  #frames = new Float32Array(SILERO_FRAME);
  #filled = 0;
  #out = new Float32Array((MOST_PASSED_FRAMES + 8) * SILERO_FRAME);

  constructor(session: Session, options: SpeechGateOptions = {}) {
    this.#silero = new SileroStream(session);
    this.#gate = new SpeechGate(options);
  }

  async push(samples: Float32Array): Promise<GatedSpeech> {
    const most = (Math.ceil(samples.length / SILERO_FRAME) + MOST_PASSED_FRAMES + 1) * SILERO_FRAME;
    if (this.#out.length < most) this.#out = new Float32Array(most);
    const whole = this.#take(samples);
    let passed = 0;
    let pauseBefore = 0;
    try {
      const probabilities = await this.#silero.next(this.#frames.subarray(0, whole));
      for (const [i, probability] of probabilities.entries()) {
        const frame = this.#frames.subarray(i * SILERO_FRAME, (i + 1) * SILERO_FRAME);
        const wasOpen = this.#gate.open;
        const silent = this.#gate.silentSeconds;
        passed += this.#gate.push(frame, probability, this.#out, passed);
        if (!wasOpen && this.#gate.open) pauseBefore = silent;
      }
    } finally {
      // A run that fails takes its frames with it.
      this.#frames.copyWithin(0, whole, this.#filled);
      this.#filled -= whole;
    }
    return {
      speech: this.#out.subarray(0, passed),
      speaking: this.#gate.open,
      silentSeconds: this.#gate.silentSeconds,
      pauseBefore,
    };
  }

  reset(): void {
    this.#silero.reset();
    this.#gate.reset();
    this.#filled = 0;
  }
  /** Lays new samples behind those that wait; returns how many make whole frames. */
  #take(samples: Float32Array): number {
    const length = this.#filled + samples.length;
    if (this.#frames.length < length) {
      const longer = new Float32Array(length);
      longer.set(this.#frames.subarray(0, this.#filled));
      this.#frames = longer;
    }
    this.#frames.set(samples, this.#filled);
    this.#filled = length;
    return length - (length % SILERO_FRAME);
  }
}
