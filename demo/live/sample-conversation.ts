import { exampleVoices } from '../state/example-voices.js';
import { fromFile } from '../state/utterance.js';
import { SAMPLE_RATE } from './file-player.js';

/** Who is enrolled by a click, and from which of their clips; the others are kept to be heard. */
export const CAST: readonly string[] = ['Ada', 'Ben'];
const ENROLLING_CLIPS = 2;

const PAUSE_SECONDS = 0.5;

/** The clips that enroll one of the example voices. */
export async function enrollingClips(speaker: string): Promise<readonly Blob[]> {
  const voices = await exampleVoices();
  return voices
    .filter((voice) => voice.speaker === speaker)
    .slice(0, ENROLLING_CLIPS)
    .map(({ file }) => file);
}

let conversation: Promise<Float32Array> | undefined;

/** Every example voice says two sentences, one after the other; Cal is nobody who is enrolled. */
export function sampleConversation(): Promise<Float32Array> {
  conversation ??= makeConversation();
  return conversation;
}

async function makeConversation(): Promise<Float32Array> {
  const voices = await exampleVoices();
  const speakers = [...new Set(voices.map(({ speaker }) => speaker))];
  const clips = speakers.flatMap((name) =>
    voices.filter(({ speaker }) => speaker === name).slice(ENROLLING_CLIPS),
  );
  const heard = await Promise.all(clips.map(({ file, name }) => fromFile(file, name)));
  const pause = Math.round(PAUSE_SECONDS * SAMPLE_RATE);
  const length = heard.reduce((sum, { samples }) => sum + (samples?.length ?? 0) + pause, pause);
  const joined = new Float32Array(length);
  let offset = pause;
  for (const { samples } of heard) {
    if (samples) joined.set(samples, offset);
    offset += (samples?.length ?? 0) + pause;
  }
  return joined;
}
