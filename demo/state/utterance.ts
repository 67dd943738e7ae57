import type { Recording } from 'voiceprint-web';

/** Audio that the visitor brought: what goes into the verifier, and samples to draw. */
export interface Utterance {
  readonly name: string;
  /** Whose voice it is, where that is known. */
  readonly speaker?: string;
  readonly input: Blob | Recording;
  /** 16 kHz mono for drawing; undefined where the browser could not decode the file. */
  readonly samples: Float32Array | undefined;
}

export function fromRecording(recording: Recording, name: string): Utterance {
  return { name, input: recording, samples: recording.samples };
}

/** The browser decodes and resamples off the main thread. */
export async function fromFile(file: Blob, name: string): Promise<Utterance> {
  try {
    const context = new OfflineAudioContext(1, 1, 16000);
    const audio = await context.decodeAudioData(await file.arrayBuffer());
    return { name, input: file, samples: audio.getChannelData(0) };
  } catch {
    return { name, input: file, samples: undefined };
  }
}
