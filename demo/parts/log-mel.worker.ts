import { speechbrainFbank } from 'voiceprint-web/features';
import { colourOf } from './colour-map.js';

/** Asks for the picture of `samples` (16 kHz mono). */
export interface PictureRequest {
  readonly id: number;
  readonly samples: Float32Array;
}

/** RGBA pixels, one column per frame, low bands at the bottom. */
export interface Picture {
  readonly id: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

const frontEnd = speechbrainFbank({ normalization: 'none' });

addEventListener('message', ({ data }: MessageEvent<PictureRequest>) => {
  if (data.samples.length < frontEnd.minimumSamples) return;
  const { data: values, frames, bands } = frontEnd.compute(data.samples);
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
  const picture: Picture = { id: data.id, pixels, width: frames, height: bands };
  postMessage(picture, { transfer: [pixels.buffer] });
});
