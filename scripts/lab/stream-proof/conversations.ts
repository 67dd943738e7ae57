import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeInNode } from '../../../src/audio/decode/decode-node.js';
import { SAMPLE_RATE } from '../../../src/audio/limits.js';
import { aloneTurns, parseRttm } from './rttm.js';
import type { SpokenTurn } from './turn-errors.js';

/** Speech of one person to enroll. */
export interface Voice {
  readonly speaker: string;
  /** The clip that it comes from. */
  readonly clip: string;
  readonly samples: Float32Array;
}

/** A recording to listen to, and whom a stream should know before. */
export interface Conversation {
  readonly clip: string;
  readonly kind: 'dialogue' | 'reading' | 'meeting';
  readonly samples: Float32Array;
  /** Who speaks when; undefined where nobody wrote it down. */
  readonly spoken: readonly SpokenTurn[] | undefined;
  /** From other clips, one per person. */
  readonly voices: readonly Voice[];
  /** Whether one of them may speak in it; else it tells only of false accepts. */
  readonly present: boolean;
}

/** Speech that a person must have alone in a clip to be enrolled from it, in seconds. */
const LEAST_ALONE_SECONDS = 3;

/**
 * Katie and Steve enroll from a clip each. In one conversation they talk with each other; the other
 * is called after them too, but two other people speak in it, as every encoder says: strangers.
 */
export async function dialogues(folder: string): Promise<readonly Conversation[]> {
  const voices: Voice[] = [];
  for (const speaker of ['katie', 'steve']) {
    const clip = `${speaker}_enroll`;
    voices.push({ speaker, clip, samples: await readClip(folder, clip) });
  }
  const conversations: Conversation[] = [];
  const kind = 'dialogue';
  for (const [clip, present] of [
    ['katie_steve', false],
    ['katie_steve_2', true],
  ] as const) {
    const samples = await readClip(folder, clip);
    conversations.push({ clip, kind, samples, spoken: undefined, voices, present });
  }
  return conversations;
}

/** What a reader of {@link readings} enrolls with, and says in a turn, in seconds. */
const ENROLLING_SECONDS = 10;
const READING_SECONDS = 5;
/** Turns of each of two readers. */
const READINGS = 2;

interface Reader {
  readonly voice: Voice;
  readonly parts: readonly Float32Array[];
}

/**
 * Every two readers of a folder of readers. Each enrolls from the first seconds of what they read;
 * what they read next follows each other without a pause, by turns.
 */
export async function readings(folder: string): Promise<readonly Conversation[]> {
  const readers: Reader[] = [];
  for (const speaker of (await readdir(folder)).sort()) {
    readers.push(readerOf(speaker, await readAll(join(folder, speaker))));
  }
  return readers.flatMap((one, index) =>
    readers.slice(index + 1).map((other) => readingOf([one, other])),
  );
}

function readerOf(speaker: string, samples: Float32Array): Reader {
  const least = ENROLLING_SECONDS + READINGS * READING_SECONDS;
  if (samples.length < least * SAMPLE_RATE)
    throw new Error(`${speaker} reads less than ${least} s`);
  const parts: Float32Array[] = [];
  for (let turn = 0; turn < READINGS; turn++) {
    const start = ENROLLING_SECONDS + turn * READING_SECONDS;
    parts.push(cutTurns(samples, [{ start, end: start + READING_SECONDS }]));
  }
  const enrolling = cutTurns(samples, [{ start: 0, end: ENROLLING_SECONDS }]);
  return { voice: { speaker, clip: 'readings', samples: enrolling }, parts };
}

function readingOf(readers: readonly [Reader, Reader]): Conversation {
  const spoken: SpokenTurn[] = [];
  const parts: Float32Array[] = [];
  for (let turn = 0; turn < READINGS; turn++) {
    for (const { voice, parts: own } of readers) {
      const start = spoken.length * READING_SECONDS;
      spoken.push({ speaker: voice.speaker, start, end: start + READING_SECONDS });
      parts.push(own[turn] ?? new Float32Array());
    }
  }
  const voices = readers.map(({ voice }) => voice);
  const clip = voices.map(({ speaker }) => speaker).join('_');
  return { clip, kind: 'reading', samples: joined(parts), spoken, voices, present: true };
}

/**
 * Every clip of the meetings twice: listening for the people of the same meeting, each enrolled from
 * what they say alone in the other clip in which they do so longest; and for people of other
 * meetings, of whom nobody is there.
 */
export async function meetings(folder: string): Promise<readonly Conversation[]> {
  const rttm = parseRttm(await readFile(join(folder, 'ami.rttm'), 'utf8'));
  const clips = new Map<string, Float32Array>();
  for (const clip of rttm.keys()) clips.set(clip, await readClip(folder, `ami_${clip}`));
  const circles = circlesOf(rttm);
  const conversations: Conversation[] = [];
  for (const [clip, spoken] of rttm) {
    const samples = clips.get(clip) ?? new Float32Array();
    const circle = circles.find((people) => spoken.some(({ speaker }) => people.has(speaker)));
    const own: Voice[] = [];
    const others: Voice[] = [];
    for (const speaker of [...circles.flatMap((people) => [...people])].sort()) {
      const voice = longestAlone(speaker, clip, rttm, clips);
      if (voice !== undefined) (circle?.has(speaker) === true ? own : others).push(voice);
    }
    const shared = { clip, kind: 'meeting', samples, spoken } as const;
    if (own.length > 0) conversations.push({ ...shared, voices: own, present: true });
    conversations.push({ ...shared, voices: others, present: false });
  }
  return conversations;
}

/** Groups of people who are in clips together: a meeting, or several with somebody in common. */
function circlesOf(rttm: ReadonlyMap<string, readonly SpokenTurn[]>): readonly Set<string>[] {
  let circles: Set<string>[] = [];
  for (const turns of rttm.values()) {
    const people = new Set(turns.map(({ speaker }) => speaker));
    const joined = circles.filter((circle) => [...people].some((person) => circle.has(person)));
    circles = circles.filter((circle) => !joined.includes(circle));
    circles.push(new Set([...people, ...joined.flatMap((circle) => [...circle])]));
  }
  return circles;
}

function longestAlone(
  speaker: string,
  except: string,
  rttm: ReadonlyMap<string, readonly SpokenTurn[]>,
  clips: ReadonlyMap<string, Float32Array>,
): Voice | undefined {
  let best: { readonly clip: string; readonly turns: readonly SpokenTurn[] } | undefined;
  for (const [clip, spoken] of rttm) {
    if (clip === except) continue;
    const turns = aloneTurns(spoken, speaker);
    if (best === undefined || secondsOf(turns) > secondsOf(best.turns)) best = { clip, turns };
  }
  const samples = clips.get(best?.clip ?? '');
  if (best === undefined || samples === undefined) return undefined;
  if (secondsOf(best.turns) < LEAST_ALONE_SECONDS) return undefined;
  return { speaker, clip: best.clip, samples: cutTurns(samples, best.turns) };
}

function secondsOf(turns: readonly SpokenTurn[]): number {
  return turns.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** The samples of some turns laid end to end. */
export function cutTurns(
  samples: Float32Array,
  turns: readonly { readonly start: number; readonly end: number }[],
): Float32Array {
  const parts = turns.map(({ start, end }) =>
    samples.subarray(Math.round(start * SAMPLE_RATE), Math.round(end * SAMPLE_RATE)),
  );
  return joined(parts);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Every recording of a folder, in the order of their names, end to end. */
async function readAll(folder: string): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for (const name of (await readdir(folder)).sort()) {
    parts.push(await decodeInNode(await readFile(join(folder, name))));
  }
  return joined(parts);
}

async function readClip(folder: string, name: string): Promise<Float32Array> {
  return decodeInNode(await readFile(join(folder, `${name}.flac`)));
}
