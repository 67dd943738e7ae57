import type { StreamTurn } from 'voiceprint-web';
import type { Turns } from './turns.js';
import type { Palette } from './voice-colours.js';

/** Where turns are drawn, and which stretch of time that is. */
export interface TurnsBox {
  top: number;
  height: number;
  width: number;
  from: number;
  to: number;
}

const HATCH = 5;
const LETTER_WIDTH = 7;

/** Blocks in the colour of who spoke; hatched for somebody who is not enrolled, flat for a doubt. */
export function drawTurns(
  context: CanvasRenderingContext2D,
  palette: Palette,
  turns: Turns,
  speakers: readonly string[],
  box: TurnsBox,
): void {
  const { list } = turns;
  for (let index = turns.indexFrom(box.from); index < list.length; index++) {
    const turn = list[index];
    if (!turn || turn.start > box.to) break;
    drawTurn(context, palette, turn, speakers, box);
  }
}

function drawTurn(
  context: CanvasRenderingContext2D,
  palette: Palette,
  turn: StreamTurn,
  speakers: readonly string[],
  { top, height, width, from, to }: TurnsBox,
): void {
  const scale = width / (to - from);
  const left = Math.max(0, (turn.start - from) * scale);
  const right = Math.min(width, (turn.end - from) * scale);
  const wide = Math.max(1.5, right - left - 1);
  if (turn.decision === 'unknown') {
    context.fillStyle = palette.line;
    context.fillRect(left, top + height / 2 - 2, wide, 4);
    return;
  }
  if (turn.decision === 'rejected') {
    hatch(context, palette.stranger, left, top, wide, height);
    return;
  }
  const place = speakers.indexOf(turn.speaker ?? '');
  context.fillStyle = palette.voices[Math.max(0, place) % palette.voices.length] ?? palette.accept;
  context.fillRect(left, top, wide, height);
  const name = turn.speaker ?? '';
  if (name.length * LETTER_WIDTH + 12 > wide || height < 18) return;
  context.fillStyle = palette.surface;
  context.font = palette.font;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(name, left + 6, top + height / 2 + 0.5);
}

function hatch(
  context: CanvasRenderingContext2D,
  colour: string,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1.6;
  context.beginPath();
  // Anchored to the block, so that the stripes move with it.
  for (let x = left - height; x < left + width; x += HATCH) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.rect(left + 0.8, top + 0.8, width - 1.6, height - 1.6);
  context.stroke();
  context.restore();
}
