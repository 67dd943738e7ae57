import { SAMPLE_RATE } from '../../../src/audio/limits.js';
import { VoiceprintError } from '../../../src/errors.js';
import type { StreamMode, StreamOptions, StreamSummary } from '../../../src/stream/types.js';
import type { Verifier } from '../../../src/verifier/types.js';
import type { Conversation, Voice } from './conversations.js';

/** What a microphone gives at once. */
const PIECE = SAMPLE_RATE / 10;

/** Whom a verifier could enroll, and why not. */
export interface Enrollments {
  /** The name under which a voice is enrolled. */
  readonly names: ReadonlyMap<Voice, string>;
  readonly refused: readonly { readonly voice: Voice; readonly reason: string }[];
}

/** Enrolls every voice of some conversations once, under a name that tells its clip too. */
export async function enrollVoices(
  verifier: Verifier,
  conversations: readonly Conversation[],
): Promise<Enrollments> {
  const names = new Map<Voice, string>();
  const known = new Set<string>();
  const refused = new Map<string, { readonly voice: Voice; readonly reason: string }>();
  for (const voice of conversations.flatMap(({ voices }) => voices)) {
    const name = `${voice.speaker} from ${voice.clip}`;
    if (refused.has(name)) continue;
    if (!known.has(name)) {
      try {
        const samples = voice.samples.slice();
        await verifier.enroll(name, { samples, sampleRate: SAMPLE_RATE });
      } catch (error) {
        if (!(error instanceof VoiceprintError && error.code.startsWith('audio/'))) throw error;
        refused.set(name, { voice, reason: error.message });
        continue;
      }
      known.add(name);
    }
    names.set(voice, name);
  }
  return { names, refused: [...refused.values()] };
}

/**
 * Plays a conversation to a stream, as fast as this machine can.
 *
 * @returns what was heard, with the speakers' own names, and whom the stream knew.
 */
export async function listen(
  verifier: Verifier,
  { samples, voices }: Conversation,
  { names }: Enrollments,
  mode: StreamMode,
  options: StreamOptions = {},
): Promise<StreamSummary & { readonly enrolled: readonly string[] }> {
  const speakers = new Map<string, string>();
  for (const voice of voices) {
    const name = names.get(voice);
    if (name !== undefined) speakers.set(name, voice.speaker);
  }
  const stream = verifier.stream([...speakers.keys()], { ...options, mode, source: 'pushed' });
  await stream.ready;
  for (let start = 0; start < samples.length; start += PIECE) {
    await stream.push(samples.subarray(start, start + PIECE));
  }
  const summary = await stream.stop();
  if (summary.droppedSeconds > 0) throw new Error(`${summary.droppedSeconds} s were dropped`);
  const turns = summary.turns.map((turn) => ({
    ...turn,
    speaker: turn.speaker === undefined ? undefined : speakers.get(turn.speaker),
  }));
  return { ...summary, turns, enrolled: [...speakers.values()] };
}
