import type { SpeechSegment } from '../../../src/audio/types.js';
import type { Encoder } from '../../../src/engine/encoder/types.js';
import type { Engine } from '../../../src/engine/types.js';
import { cosine } from '../../../src/scoring/cosine.js';
import { type Conversation, cutTurns } from './conversations.js';
import type { SpokenTurn } from './turn-errors.js';

const WINDOW_SECONDS = 3;
const HOP_SECONDS = 0.25;
const ENROLLMENT_PIECE_SECONDS = 5;

/**
 * Who speaks when in a conversation of enrolled people that nobody labelled: the one who scores best
 * by the offline encoder over windows of 3 s. A window lies within one stretch of speech, so that it
 * does not reach across a pause to the answer; a shorter stretch is one window.
 */
export async function offlineReference(
  { engine, encoder }: { readonly engine: Engine; readonly encoder: Encoder },
  { samples, voices }: Conversation,
): Promise<readonly SpokenTurn[]> {
  const enrolled = new Map<string, readonly Float32Array[]>();
  for (const voice of voices) enrolled.set(voice.speaker, await embedPieces(engine, voice.samples));
  const turns: SpokenTurn[] = [];
  for (const stretch of await speechOf(engine, samples)) {
    for (const window of windowsOf(stretch)) {
      const { values } = await encoder.encode(cutTurns(samples, [window]));
      const speaker = bestOf(values, enrolled);
      const last = turns.at(-1);
      if (last?.speaker === speaker && last.end === window.from) {
        turns[turns.length - 1] = { ...last, end: window.to };
      } else turns.push({ speaker, start: window.from, end: window.to });
    }
  }
  return turns;
}

interface Window extends SpeechSegment {
  /** What the window is to say: the time around its middle. */
  readonly from: number;
  readonly to: number;
}

function windowsOf({ start, end }: SpeechSegment): readonly Window[] {
  const hops = Math.max(1, Math.round((end - start) / HOP_SECONDS));
  const edge = (index: number): number => start + ((end - start) * index) / hops;
  return Array.from({ length: hops }, (_, index) => {
    const [from, to] = [edge(index), edge(index + 1)];
    const middle = (from + to) / 2;
    const first = Math.max(start, Math.min(middle - WINDOW_SECONDS / 2, end - WINDOW_SECONDS));
    return { from, to, start: first, end: Math.min(end, first + WINDOW_SECONDS) };
  });
}

async function speechOf(engine: Engine, samples: Float32Array): Promise<readonly SpeechSegment[]> {
  return (await engine.hear(samples, { models: [] })).quality.segments;
}

async function embedPieces(engine: Engine, samples: Float32Array): Promise<Float32Array[]> {
  const { pieces } = await engine.hear(samples, {
    cut: { kind: 'equal', seconds: ENROLLMENT_PIECE_SECONDS },
    unusable: true,
  });
  return pieces.flatMap(({ embeddings }) => [...embeddings.values()]);
}

function bestOf(
  embedding: Float32Array,
  enrolled: ReadonlyMap<string, readonly Float32Array[]>,
): string {
  let best = { speaker: '', score: Number.NEGATIVE_INFINITY };
  for (const [speaker, pieces] of enrolled) {
    const score = pieces.reduce((sum, piece) => sum + cosine(embedding, piece), 0) / pieces.length;
    if (score > best.score) best = { speaker, score };
  }
  return best.speaker;
}
