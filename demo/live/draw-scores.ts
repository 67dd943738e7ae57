import { axisShare, score as scoreWords } from '../state/words.js';
import { GAP_SECONDS, type ScoreHistory } from './score-history.js';
import type { Palette } from './voice-colours.js';

/** Curves beyond these would not be told apart. */
const CURVES = 12;

export interface ScoresBox {
  top: number;
  height: number;
  width: number;
  from: number;
  to: number;
}

const heightOf = (value: number, { range }: ScoreHistory, { top, height }: ScoresBox): number =>
  top + height * (1 - axisShare(value, range));

let wordsOf = Number.NaN;
let words = '';

/** One curve per speaker against the threshold; the speaker who is accepted now stands out. */
export function drawScores(
  context: CanvasRenderingContext2D,
  palette: Palette,
  history: ScoreHistory,
  accepted: number,
  box: ScoresBox,
  speakerCount: number,
): void {
  const { threshold } = history;
  if (Number.isFinite(threshold)) drawThreshold(context, palette, history, box);
  context.lineJoin = 'round';
  context.lineCap = 'round';
  for (let speaker = 0; speaker < Math.min(CURVES, speakerCount); speaker++) {
    if (speaker !== accepted) drawCurve(context, palette, history, speaker, false, box);
  }
  if (accepted >= 0) drawCurve(context, palette, history, accepted, true, box);
  if (Number.isFinite(threshold)) drawThresholdWords(context, palette, history, box);
}

function drawThreshold(
  context: CanvasRenderingContext2D,
  palette: Palette,
  history: ScoreHistory,
  box: ScoresBox,
): void {
  const y = heightOf(history.threshold, history, box);
  context.globalAlpha = 0.08;
  context.fillStyle = palette.accept;
  context.fillRect(0, box.top, box.width, y - box.top);
  context.globalAlpha = 1;
  context.strokeStyle = palette.muted;
  context.lineWidth = 1.25;
  context.beginPath();
  for (let x = 0; x < box.width; x += 9) {
    context.moveTo(x, y);
    context.lineTo(Math.min(box.width, x + 5), y);
  }
  context.stroke();
}

/** On top of the curves, with the background around it. */
function drawThresholdWords(
  context: CanvasRenderingContext2D,
  palette: Palette,
  history: ScoreHistory,
  box: ScoresBox,
): void {
  const { threshold } = history;
  if (wordsOf !== threshold) {
    wordsOf = threshold;
    words = `needed ${scoreWords(threshold)}`;
  }
  context.font = palette.font;
  context.textAlign = 'left';
  context.textBaseline = 'bottom';
  context.strokeStyle = palette.surface;
  context.lineWidth = 4;
  const y = heightOf(threshold, history, box) - 4;
  context.strokeText(words, 6, y);
  context.fillStyle = palette.muted;
  context.fillText(words, 6, y);
}

function drawCurve(
  context: CanvasRenderingContext2D,
  palette: Palette,
  history: ScoreHistory,
  speaker: number,
  strong: boolean,
  box: ScoresBox,
): void {
  const scale = box.width / (box.to - box.from);
  const start = Math.max(history.first, history.indexFrom(box.from) - 1);
  let x = 0;
  let y = 0;
  let before = Number.NEGATIVE_INFINITY;
  context.beginPath();
  for (let index = start; index < history.end; index++) {
    const value = history.scoreAt(index, speaker);
    if (Number.isNaN(value)) continue;
    const time = history.timeAt(index);
    if (time > box.to) break;
    x = (time - box.from) * scale;
    y = heightOf(value, history, box);
    if (time - before > GAP_SECONDS) context.moveTo(x, y);
    context.lineTo(x, y);
    before = time;
  }
  context.strokeStyle = palette.voices[speaker % palette.voices.length] ?? palette.ink;
  context.lineWidth = strong ? 3 : 1.75;
  context.globalAlpha = strong ? 1 : 0.75;
  context.stroke();
  context.globalAlpha = 1;
  if (!strong || !Number.isFinite(before)) return;
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.arc(Math.min(box.width - 5, x), y, 4.5, 0, Math.PI * 2);
  context.fill();
}
