import type { SpokenTurn } from './turn-errors.js';

/**
 * Reads who speaks when from an RTTM file: `SPEAKER file channel start duration ... name`.
 *
 * @returns turns in order, by file.
 */
export function parseRttm(text: string): ReadonlyMap<string, readonly SpokenTurn[]> {
  const files = new Map<string, SpokenTurn[]>();
  for (const line of text.split(/\r?\n/)) {
    const [type, file, , start, duration, , , speaker] = line.trim().split(/\s+/);
    if (type !== 'SPEAKER' || file === undefined || speaker === undefined) continue;
    const from = Number(start);
    const seconds = Number(duration);
    if (!Number.isFinite(from) || !(seconds > 0)) throw new Error(`no times in "${line}"`);
    const turns = files.get(file) ?? [];
    turns.push({ speaker, start: from, end: from + seconds });
    files.set(file, turns);
  }
  for (const turns of files.values()) turns.sort((a, b) => a.start - b.start);
  return files;
}

/** The stretches in which one person speaks and nobody else. */
export function aloneTurns(turns: readonly SpokenTurn[], speaker: string): readonly SpokenTurn[] {
  let alone = turns.filter((turn) => turn.speaker === speaker);
  for (const other of turns) {
    if (other.speaker === speaker) continue;
    alone = alone.flatMap((turn) => [
      ...cut(turn, turn.start, Math.min(turn.end, other.start)),
      ...cut(turn, Math.max(turn.start, other.end), turn.end),
    ]);
  }
  return alone;
}

function cut(turn: SpokenTurn, start: number, end: number): SpokenTurn[] {
  if (end <= turn.start || start >= turn.end || end <= start) return [];
  return [{ ...turn, start, end }];
}
