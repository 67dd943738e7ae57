import type { LogMelAnswer } from '../parts/log-mel.worker.js';

const COLUMNS_PER_SECOND = 100;
/** As many columns as are shown at most, and a little more. */
const CAPACITY = 2304;

/** The last seconds of the log-mel picture, on a canvas that is written round and round. */
export class MelRing {
  readonly #canvas = document.createElement('canvas');
  #context: CanvasRenderingContext2D | undefined;
  #written = 0;

  constructor() {
    this.#canvas.width = CAPACITY;
  }

  clear(): void {
    this.#written = 0;
  }

  add({ pixels, width, height }: LogMelAnswer): void {
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#context ??= this.#canvas.getContext('2d') ?? undefined;
    const piece = new ImageData(pixels, width, height);
    const place = this.#written % CAPACITY;
    this.#context?.putImageData(piece, place, 0);
    // What does not fit at the end goes on at the beginning.
    this.#context?.putImageData(piece, place - CAPACITY, 0);
    this.#written += width;
  }

  /** Draws the columns of a stretch of time into a box of `width` by `height` at `top`. */
  draw(
    context: CanvasRenderingContext2D,
    top: number,
    width: number,
    height: number,
    from: number,
    to: number,
  ): void {
    const scale = width / (to - from);
    const oldest = Math.max(0, this.#written - CAPACITY);
    let column = Math.max(oldest, Math.floor(from * COLUMNS_PER_SECOND));
    const end = Math.min(this.#written, Math.ceil(to * COLUMNS_PER_SECOND));
    while (column < end) {
      const place = column % CAPACITY;
      const count = Math.min(end - column, CAPACITY - place);
      const left = (column / COLUMNS_PER_SECOND - from) * scale;
      const wide = (count / COLUMNS_PER_SECOND) * scale;
      context.drawImage(
        this.#canvas,
        place,
        0,
        count,
        this.#canvas.height,
        left,
        top,
        wide,
        height,
      );
      column += count;
    }
  }
}
