import { meanPower } from '../level.js';
import { SAMPLE_RATE } from '../limits.js';

/** Corner of the high-pass in Hz. With order 16, what lies at 4 kHz passes 68 dB weaker. */
const CORNER = 5_200;

/** Quality factors of the eight sections of a Butterworth filter of order 16. */
const SECTIONS = Array.from(
  { length: 8 },
  (_, k) => 1 / (2 * Math.cos((Math.PI * (2 * k + 1)) / 32)),
);

/**
 * Speech with less than this share (-65 dB) above the corner is narrow-band. Measured on 189 files
 * of eight corpora, words of a second included: -57 dB was the least of whole-band speech, -93 dB
 * the most of the same speech over 8 kHz. Between them lies the noise of 16-bit files.
 */
const NARROW_BAND_SHARE = 10 ** -6.5;

/** Samples per frame: 20 ms. */
const FRAME = SAMPLE_RATE / 50;

/** Least speech, in samples, to judge by: fricatives must have had a chance. */
const SHORTEST = SAMPLE_RATE / 2;

/**
 * Whether speech came over a channel that ends near 4 kHz (a telephone line, an 8 kHz file):
 * voices lose there what tells them apart, and encoders were trained on the whole band.
 *
 * @param speech - 16 kHz mono PCM without its pauses.
 */
export function isNarrowBand(speech: Float32Array): boolean {
  if (speech.length < SHORTEST) return false;
  return highBandShare(speech) < NARROW_BAND_SHARE;
}

/**
 * Power above 5.2 kHz in the frames that have most of it, over the whole power; 0 for silence. The
 * tenth of the frames with the very most is left out: clicks, and joins where pauses were cut.
 */
function highBandShare(speech: Float32Array): number {
  const whole = meanPower(speech);
  if (whole === 0) return 0;
  const high = speech.slice();
  for (const quality of SECTIONS) highPass(high, quality);
  const powers: number[] = [];
  for (let start = 0; start + FRAME <= high.length; start += FRAME) {
    powers.push(meanPower(high, start, start + FRAME));
  }
  powers.sort((a, b) => a - b);
  return (powers[Math.floor(powers.length * 0.9)] ?? 0) / whole;
}

/** One second-order high-pass section, in place (R. Bristow-Johnson, Audio EQ Cookbook). */
function highPass(samples: Float32Array, quality: number): void {
  const omega = (2 * Math.PI * CORNER) / SAMPLE_RATE;
  const alpha = Math.sin(omega) / (2 * quality);
  const cosine = Math.cos(omega);
  const a0 = 1 + alpha;
  const b0 = (1 + cosine) / 2 / a0;
  const a1 = (-2 * cosine) / a0;
  const a2 = (1 - alpha) / a0;
  let x1 = 0;
  let x2 = 0;
  let y1 = 0;
  let y2 = 0;
  for (let i = 0; i < samples.length; i++) {
    const x0 = samples[i] ?? 0;
    const y0 = b0 * (x0 - 2 * x1 + x2) - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x0;
    y2 = y1;
    y1 = y0;
    samples[i] = y0;
  }
}
