import { speechbrainFbank } from 'voiceprint-web/features';
import { colourOf } from './colour-map.js';
import { type Columns, LogMelColumns } from './log-mel-columns.js';

/** What the worker is asked for; all samples are 16 kHz mono. */
export type LogMelRequest =
  | { readonly kind: 'picture'; readonly id: number; readonly samples: Float32Array }
  /** More of the audio that `id` began with; another `id` begins anew. */
  | { readonly kind: 'columns'; readonly id: number; readonly samples: Float32Array };

/** RGBA pixels, one column per frame, low bands at the bottom. */
export type LogMelAnswer = Columns & {
  readonly kind: LogMelRequest['kind'];
  readonly id: number;
};

const frontEnd = speechbrainFbank({ normalization: 'none' });
let running: { readonly id: number; readonly columns: LogMelColumns } | undefined;

addEventListener('message', ({ data }: MessageEvent<LogMelRequest>) => {
  const { kind, id, samples } = data;
  const drawn = kind === 'picture' ? drawPicture(samples) : drawColumns(id, samples);
  if (!drawn) return;
  const answer: LogMelAnswer = { kind, id, ...drawn };
  postMessage(answer, { transfer: [drawn.pixels.buffer] });
});

function drawColumns(id: number, samples: Float32Array): Columns | undefined {
  if (running?.id !== id) running = { id, columns: new LogMelColumns() };
  return running.columns.push(samples);
}

function drawPicture(samples: Float32Array): Columns | undefined {
  if (samples.length < frontEnd.minimumSamples) return undefined;
  const { data: values, frames, bands } = frontEnd.compute(samples);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // The quietest third is room noise: dark, so that the voice stands out.
  low += (high - low) * 0.3;
  const pixels = new Uint8ClampedArray(frames * bands * 4);
  for (let frame = 0; frame < frames; frame++) {
    for (let band = 0; band < bands; band++) {
      const value = ((values[frame * bands + band] ?? low) - low) / (high - low || 1);
      pixels.set(colourOf(value), ((bands - 1 - band) * frames + frame) * 4);
    }
  }
  return { pixels, width: frames, height: bands };
}
