/** Mono PCM in [-1, 1] with its rate in Hz. */
export interface PcmAudio {
  /** Mono, -1 to 1. */
  readonly samples: Float32Array;
  /** In Hz. */
  readonly sampleRate: number;
}

/** Anything that can be enrolled or verified. URLs are strings or `URL` objects. */
export type AudioInput = Blob | URL | string | AudioBuffer | PcmAudio | ArrayBuffer | Uint8Array;

/** A stretch of speech in seconds from the start of the audio. */
export interface SpeechSegment {
  /** Seconds from the beginning of the audio. */
  readonly start: number;
  /** Seconds from the beginning of the audio. */
  readonly end: number;
}

/** Why audio is not good enough; each has words for people in `QUALITY_ADVICE`. */
export type QualityReason =
  | 'too-short'
  | 'silent'
  | 'no-speech'
  | 'too-quiet'
  | 'clipped'
  | 'noisy'
  | 'narrow-band'
  | 'dc-offset';

/** What was measured about one utterance before it was enrolled or scored. */
export interface QualityReport {
  /** Whether the audio may be used. A report can be usable and still carry reasons (warnings). */
  readonly usable: boolean;
  /** Reasons, worst first. Empty when nothing is wrong. */
  readonly reasons: readonly QualityReason[];
  /** Length of the audio in seconds. */
  readonly seconds: number;
  /** Length of the speech in it in seconds. */
  readonly speechSeconds: number;
  /** RMS level of the speech in dB relative to full scale; -Infinity for silence. */
  readonly levelDb: number;
  /** Largest absolute sample, 0 to 1. */
  readonly peak: number;
  /** Share of samples in clipped runs, 0 to 1. */
  readonly clippedShare: number;
  /** Estimated signal-to-noise ratio in dB; undefined when there is no pause to judge by. */
  readonly snrDb: number | undefined;
  /** The speech that was found, in order. */
  readonly segments: readonly SpeechSegment[];
}

/** What the browser granted of what was asked of a microphone; undefined where it did not say. */
export interface MicrophoneSettings {
  /** The device's name, as the browser shows it. */
  readonly label: string;
  /** In Hz, as the device was opened. */
  readonly sampleRate: number;
  /** Whether the browser takes echoes off; undefined where it does not say. */
  readonly echoCancellation: boolean | undefined;
  /** Whether the browser takes noise off; undefined where it does not say. */
  readonly noiseSuppression: boolean | undefined;
  /** Whether the browser evens the level; undefined where it does not say. */
  readonly autoGainControl: boolean | undefined;
}

/** Audio as it was taken from a microphone: 16 kHz mono. */
export interface Recording extends PcmAudio {
  /** The device that was used, and what the browser did to its sound. */
  readonly microphone: MicrophoneSettings;
}
