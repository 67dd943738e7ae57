import { SAMPLE_RATE } from '../../../src/audio/limits.js';
import type { SpeechSegment } from '../../../src/audio/types.js';
import type { Engine } from '../../../src/engine/types.js';
import { type Conversation, cutTurns } from './conversations.js';
import { medianOf } from './figures.js';
import type { SpokenTurn } from './turn-errors.js';

/** Whoever speaks where nobody of those who are enrolled does. */
const SOMEBODY = 'somebody else';

/**
 * Who speaks when in a conversation that nobody labelled, by no encoder: each stretch of speech is
 * cut where its pitch changes sides, and is whose pitch is nearer, as it is in what they enrolled
 * with. Tells a high voice from a low one, and no more. Where nobody enrolled speaks, all speech is
 * somebody else's.
 */
export async function pitchReference(
  engine: Engine,
  { samples, voices, present }: Conversation,
): Promise<readonly SpokenTurn[]> {
  const stretches = await speechOf(engine, samples);
  if (!present) return stretches.map(({ start, end }) => ({ speaker: SOMEBODY, start, end }));
  const pitches = new Map<string, number>();
  for (const voice of voices) {
    const speech = cutTurns(voice.samples, await speechOf(engine, voice.samples));
    pitches.set(voice.speaker, medianOf(pitchesOf(speech)));
  }
  return stretches.flatMap((stretch) => turnsOf(samples, stretch, pitches));
}

/** Seconds around a moment whose pitch tells who speaks then. */
const LOOK_SECONDS = 0.5;
const HOP_SECONDS = 0.1;

function turnsOf(
  samples: Float32Array,
  { start, end }: SpeechSegment,
  pitches: ReadonlyMap<string, number>,
): readonly SpokenTurn[] {
  const turns: SpokenTurn[] = [];
  for (let from = start; from < end; from += HOP_SECONDS) {
    const to = Math.min(end, from + HOP_SECONDS);
    const middle = (from + to) / 2;
    const look = { start: Math.max(start, middle - LOOK_SECONDS), end: middle + LOOK_SECONDS };
    const heard = medianOf(
      pitchesOf(cutTurns(samples, [{ ...look, end: Math.min(end, look.end) }])),
    );
    const last = turns.at(-1);
    const speaker = nearest(heard, pitches) ?? last?.speaker ?? SOMEBODY;
    if (last?.speaker === speaker) turns[turns.length - 1] = { ...last, end: to };
    else turns.push({ speaker, start: from, end: to });
  }
  return turns;
}

function nearest(pitch: number, pitches: ReadonlyMap<string, number>): string | undefined {
  const distance = (of: number) => Math.abs(Math.log(pitch / of));
  const [first] = [...pitches].sort(([, a], [, b]) => distance(a) - distance(b));
  return Number.isFinite(pitch) ? first?.[0] : undefined;
}

const FRAME = Math.round(0.04 * SAMPLE_RATE);
const LOWEST_HZ = 70;
const HIGHEST_HZ = 350;
/** Correlation from which a frame is voiced. */
const VOICED = 0.6;

/** Fundamental frequencies of the voiced frames in Hz, by the autocorrelation of 40 ms. */
function pitchesOf(samples: Float32Array): readonly number[] {
  const found: number[] = [];
  const longest = Math.ceil(SAMPLE_RATE / LOWEST_HZ);
  for (let start = 0; start + FRAME + longest <= samples.length; start += FRAME) {
    let [best, lag] = [0, 0];
    for (let shift = Math.floor(SAMPLE_RATE / HIGHEST_HZ); shift <= longest; shift++) {
      const alike = correlation(samples, start, shift);
      // The first peak: a period fits twice its length, too.
      if (alike > best + 0.02) [best, lag] = [alike, shift];
    }
    if (best >= VOICED) found.push(SAMPLE_RATE / lag);
  }
  return found;
}

function correlation(samples: Float32Array, start: number, shift: number): number {
  let [product, own, other] = [0, 0, 0];
  for (let i = start; i < start + FRAME; i++) {
    const [a, b] = [samples[i] ?? 0, samples[i + shift] ?? 0];
    product += a * b;
    own += a * a;
    other += b * b;
  }
  return product / Math.max(1e-9, Math.sqrt(own * other));
}

async function speechOf(engine: Engine, samples: Float32Array): Promise<readonly SpeechSegment[]> {
  return (await engine.hear(samples, { models: [] })).quality.segments;
}
