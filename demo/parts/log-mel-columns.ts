import { speechbrainFbank } from 'voiceprint-web/features';
import { colourOf } from './colour-map.js';

const HOP = 160;
/** Frames at either end of a piece that see its edge instead of its neighbour. */
const EDGE = 2;
/** The picture spans so many dB below the loudest of the last seconds. */
const RANGE_DB = 48;
/** A picture of a silent room stays dark. */
const LOWEST_TOP_DB = -5;
const FALL_DB_PER_FRAME = 0.03;

/** RGBA pixels of consecutive frames, one column each, low bands at the bottom. */
export interface Columns {
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** Colours log-mel frames while the audio comes in, 100 columns a second. */
export class LogMelColumns {
  readonly #frontEnd = speechbrainFbank({ normalization: 'none' });
  /** Audio whose frames are not finished, and what their neighbours need; starts at a hop. */
  #waiting = new Float32Array(0);
  #atStart = true;
  #top = LOWEST_TOP_DB;

  /** @returns the columns that became complete; undefined when there were none. */
  push(samples: Float32Array): Columns | undefined {
    const audio = new Float32Array(this.#waiting.length + samples.length);
    audio.set(this.#waiting);
    audio.set(samples, this.#waiting.length);
    const skipped = this.#atStart ? 0 : EDGE;
    const width = Math.floor(audio.length / HOP) - EDGE - skipped;
    if (width <= 0 || audio.length < this.#frontEnd.minimumSamples) {
      this.#waiting = audio;
      return undefined;
    }
    const { data, bands } = this.#frontEnd.compute(audio);
    this.#waiting = audio.slice((skipped + width - EDGE) * HOP);
    this.#atStart = false;
    return this.#colour(data.subarray(skipped * bands), width, bands);
  }

  #colour(values: Float32Array, width: number, height: number): Columns {
    const pixels = new Uint8ClampedArray(width * height * 4);
    for (let frame = 0; frame < width; frame++) {
      this.#top = Math.max(LOWEST_TOP_DB, this.#top - FALL_DB_PER_FRAME);
      for (let band = 0; band < height; band++) {
        this.#top = Math.max(this.#top, values[frame * height + band] ?? 0);
      }
      for (let band = 0; band < height; band++) {
        const value = values[frame * height + band] ?? 0;
        const share = 1 - (this.#top - value) / RANGE_DB;
        pixels.set(colourOf(share), ((height - 1 - band) * width + frame) * 4);
      }
    }
    return { pixels, width, height };
  }
}
