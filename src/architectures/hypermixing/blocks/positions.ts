/**
 * SpeechBrain's PositionalEncoding as its constructor makes it, `[length, width]`: sine and cosine
 * of the position in turn. Checkpoints hold the same table; this serves where they do not.
 *
 * Rounded to float32 after every step, as torch computes it: at position 3000, one rounding of a
 * frequency moves the sine by 2e-4.
 */
export function sinusoidTable(length: number, width: number): Float32Array {
  const { fround, exp, log } = Math;
  const step = fround(-log(10000) / width);
  const table = new Float32Array(length * width);
  for (let pair = 0; pair < width; pair += 2) {
    const frequency = fround(exp(fround(pair * step)));
    for (let position = 0; position < length; position++) {
      const angle = fround(position * frequency);
      table[position * width + pair] = Math.sin(angle);
      table[position * width + pair + 1] = Math.cos(angle);
    }
  }
  return table;
}
