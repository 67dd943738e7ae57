import type { StreamEvent, StreamOptions, StreamSummary, VoiceStream } from '../stream/types.js';
import type { RecordOptions, Verifier } from '../verifier/types.js';

import { asMicrophoneError } from './voiceprint-error.js';

/** Options of a stream that an element passes on as they are. */
export type ListeningOptions = Pick<
  StreamOptions,
  | 'mode'
  | 'threshold'
  | 'scoresPerSecond'
  | 'windowSeconds'
  | 'minimumSeconds'
  | 'hysteresis'
  | 'silenceSeconds'
  | 'maximumLagSeconds'
>;

export interface ListeningParts {
  readonly verifier: Verifier;
  readonly speaker: string;
  readonly falseAcceptRate: number | undefined;
  readonly options: ListeningOptions;
  readonly getStream: RecordOptions['getStream'] | undefined;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StreamEvent) => void;
  /** Loudness of the last moments in dB relative to full scale, some eight times a second. */
  readonly onLevel: (levelDb: number) => void;
}

const LEVEL_SAMPLES = 2000;

/** Loudness of audio that comes in pieces of any size. */
export function createLevelMeter(
  onLevel: (levelDb: number) => void,
): (audio: Float32Array) => void {
  let power = 0;
  let count = 0;
  return (audio) => {
    for (const value of audio) {
      power += value * value;
      count += 1;
      if (count < LEVEL_SAMPLES) continue;
      onLevel(10 * Math.log10(power / count));
      power = 0;
      count = 0;
    }
  };
}

/** A stream that listens for one person. */
export class Listening {
  readonly #stream: VoiceStream;
  /** Of a microphone that `getStream` brought; the stream leaves those as they are. */
  readonly #tracks: readonly MediaStreamTrack[];

  private constructor(stream: VoiceStream, tracks: readonly MediaStreamTrack[]) {
    this.#stream = stream;
    this.#tracks = tracks;
  }

  /** Resolves when it listens; rejects with what kept it from that. */
  static async open(parts: ListeningParts): Promise<Listening> {
    const { verifier, speaker, falseAcceptRate, options, getStream, signal } = parts;
    const source = getStream ? await openGiven(getStream) : 'microphone';
    const tracks = typeof source === 'string' ? [] : source.getTracks();
    try {
      const stream = verifier.stream(speaker, {
        ...options,
        ...(falseAcceptRate === undefined ? {} : { falseAcceptRate }),
        source,
        signal,
        onEvent: parts.onEvent,
        onAudio: createLevelMeter(parts.onLevel),
      });
      void stream.finished.then(() => stopAll(tracks));
      await stream.ready;
      return new Listening(stream, tracks);
    } catch (cause) {
      stopAll(tracks);
      throw cause;
    }
  }

  async pause(): Promise<void> {
    await this.#stream.pause();
    for (const track of this.#tracks) track.enabled = false;
  }

  async resume(): Promise<void> {
    for (const track of this.#tracks) track.enabled = true;
    await this.#stream.resume();
  }

  stop(): Promise<StreamSummary> {
    return this.#stream.stop();
  }
}

async function openGiven(getStream: () => Promise<MediaStream>): Promise<MediaStream> {
  try {
    return await getStream();
  } catch (cause) {
    throw asMicrophoneError(cause);
  }
}

function stopAll(tracks: readonly MediaStreamTrack[]): void {
  for (const track of tracks) track.stop();
}
