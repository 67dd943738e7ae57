import { VoiceprintError } from '../../errors.js';
import type { SpectrumEngine } from './spectrum-engine.js';

/**
 * An exact engine for any even size, in float64: the real frame is packed into a complex one of
 * half the size, transformed by a Stockham autosort FFT with one pass per prime factor (4 counts as
 * one), and split again. 400 points are 200 = 4 * 2 * 5 * 5.
 *
 * Own code, because of what else does 400 points: libraries in JavaScript took 35 times as long
 * (ndarray-fft, by Bluestein), KISS FFT and PFFFT in WebAssembly 0.5 to 0.8 times, but in float32
 * (errors of 2e-7 here, not 1e-15), with 20 to 40 KB of wasm more, and only after an asynchronous
 * start, which `createFrontEnd` does not need.
 *
 * @throws VoiceprintError `features/invalid` for an odd size or one below 2.
 */
export function mixedRadixEngine(size: number): SpectrumEngine {
  if (!Number.isInteger(size) || size < 2 || size % 2 !== 0) {
    throw new VoiceprintError(
      'features/invalid',
      `n_fft is ${size}; give an even number from 2 on`,
    );
  }
  const half = size / 2;
  const bins = half + 1;
  const passes = planPasses(half);
  const splitCos = Float64Array.from({ length: bins }, (_, k) =>
    Math.cos((2 * Math.PI * k) / size),
  );
  const splitSin = Float64Array.from({ length: bins }, (_, k) =>
    Math.sin((2 * Math.PI * k) / size),
  );
  const buffers = [new Float64Array(size), new Float64Array(size)] as const;

  return {
    size,
    bins,
    power(frame, power) {
      let from: Float64Array = frame;
      let to: Float64Array = buffers[0];
      for (const pass of passes) {
        pass(from, to);
        from = to;
        to = to === buffers[0] ? buffers[1] : buffers[0];
      }
      for (let k = 0; k < bins; k++) {
        const a = 2 * (k % half);
        const b = 2 * ((half - k) % half);
        const ar = from[a] ?? 0;
        const ai = from[a + 1] ?? 0;
        const br = from[b] ?? 0;
        const bi = -(from[b + 1] ?? 0);
        const evenRe = (ar + br) / 2;
        const evenIm = (ai + bi) / 2;
        const oddRe = (ai - bi) / 2;
        const oddIm = (br - ar) / 2;
        const cos = splitCos[k] ?? 0;
        const sin = splitSin[k] ?? 0;
        const re = evenRe + oddRe * cos + oddIm * sin;
        const im = evenIm + oddIm * cos - oddRe * sin;
        power[k] = re * re + im * im;
      }
    },
  };
}

/** Reads interleaved complex values from one array and writes them to another. */
type Pass = (from: Float64Array, to: Float64Array) => void;

/** The Stockham passes of a complex FFT (decimation in frequency). */
function planPasses(length: number): readonly Pass[] {
  const passes: Pass[] = [];
  let remaining = length;
  let stride = 1;
  for (const radix of factors(length)) {
    const groups = remaining / radix;
    const twiddles = twiddleTable(remaining, radix);
    passes.push(
      radix === 2
        ? radix2(groups, stride, twiddles)
        : radix === 4
          ? radix4(groups, stride, twiddles)
          : radix === 5
            ? radix5(groups, stride, twiddles)
            : anyRadix(radix, groups, stride, twiddles),
    );
    remaining = groups;
    stride *= radix;
  }
  return passes;
}

function factors(length: number): readonly number[] {
  const found: number[] = [];
  let rest = length;
  for (const factor of [4, 2, 5, 3]) {
    while (rest % factor === 0) {
      found.push(factor);
      rest /= factor;
    }
  }
  for (let factor = 7; rest > 1; factor += 2) {
    while (rest % factor === 0) {
      found.push(factor);
      rest /= factor;
    }
  }
  return found;
}

/** exp(-2 pi i p k / length) for p below length / radix and k below radix, interleaved. */
function twiddleTable(length: number, radix: number): Float64Array {
  const groups = length / radix;
  const table = new Float64Array(2 * groups * radix);
  for (let p = 0; p < groups; p++) {
    for (let k = 0; k < radix; k++) {
      const angle = (-2 * Math.PI * ((p * k) % length)) / length;
      table[2 * (p * radix + k)] = Math.cos(angle);
      table[2 * (p * radix + k) + 1] = Math.sin(angle);
    }
  }
  return table;
}

function radix2(groups: number, stride: number, twiddles: Float64Array): Pass {
  const far = 2 * stride * groups;
  return (from, to) => {
    for (let p = 0; p < groups; p++) {
      const wr = twiddles[4 * p + 2] ?? 0;
      const wi = twiddles[4 * p + 3] ?? 0;
      for (let q = 0; q < stride; q++) {
        const i = 2 * (q + stride * p);
        const o = 2 * (q + 2 * stride * p);
        const ar = from[i] ?? 0;
        const ai = from[i + 1] ?? 0;
        const br = from[i + far] ?? 0;
        const bi = from[i + far + 1] ?? 0;
        to[o] = ar + br;
        to[o + 1] = ai + bi;
        const dr = ar - br;
        const di = ai - bi;
        to[o + 2 * stride] = dr * wr - di * wi;
        to[o + 2 * stride + 1] = dr * wi + di * wr;
      }
    }
  };
}

function radix4(groups: number, stride: number, twiddles: Float64Array): Pass {
  const far = 2 * stride * groups;
  const step = 2 * stride;
  return (from, to) => {
    for (let p = 0; p < groups; p++) {
      const t = 8 * p;
      const w1r = twiddles[t + 2] ?? 0;
      const w1i = twiddles[t + 3] ?? 0;
      const w2r = twiddles[t + 4] ?? 0;
      const w2i = twiddles[t + 5] ?? 0;
      const w3r = twiddles[t + 6] ?? 0;
      const w3i = twiddles[t + 7] ?? 0;
      for (let q = 0; q < stride; q++) {
        const i = 2 * (q + stride * p);
        const o = 2 * (q + 4 * stride * p);
        const ar = from[i] ?? 0;
        const ai = from[i + 1] ?? 0;
        const br = from[i + far] ?? 0;
        const bi = from[i + far + 1] ?? 0;
        const cr = from[i + 2 * far] ?? 0;
        const ci = from[i + 2 * far + 1] ?? 0;
        const dr = from[i + 3 * far] ?? 0;
        const di = from[i + 3 * far + 1] ?? 0;
        const sumACr = ar + cr;
        const sumACi = ai + ci;
        const difACr = ar - cr;
        const difACi = ai - ci;
        const sumBDr = br + dr;
        const sumBDi = bi + di;
        const difBDr = br - dr;
        const difBDi = bi - di;
        to[o] = sumACr + sumBDr;
        to[o + 1] = sumACi + sumBDi;
        const y1r = difACr + difBDi;
        const y1i = difACi - difBDr;
        to[o + step] = y1r * w1r - y1i * w1i;
        to[o + step + 1] = y1r * w1i + y1i * w1r;
        const y2r = sumACr - sumBDr;
        const y2i = sumACi - sumBDi;
        to[o + 2 * step] = y2r * w2r - y2i * w2i;
        to[o + 2 * step + 1] = y2r * w2i + y2i * w2r;
        const y3r = difACr - difBDi;
        const y3i = difACi + difBDr;
        to[o + 3 * step] = y3r * w3r - y3i * w3i;
        to[o + 3 * step + 1] = y3r * w3i + y3i * w3r;
      }
    }
  };
}

const COS_72 = Math.cos((2 * Math.PI) / 5);
const COS_144 = Math.cos((4 * Math.PI) / 5);
const SIN_72 = Math.sin((2 * Math.PI) / 5);
const SIN_144 = Math.sin((4 * Math.PI) / 5);

function radix5(groups: number, stride: number, twiddles: Float64Array): Pass {
  const far = 2 * stride * groups;
  const step = 2 * stride;
  return (from, to) => {
    for (let p = 0; p < groups; p++) {
      const t = 10 * p;
      for (let q = 0; q < stride; q++) {
        const i = 2 * (q + stride * p);
        const o = 2 * (q + 5 * stride * p);
        const ar = from[i] ?? 0;
        const ai = from[i + 1] ?? 0;
        const br = from[i + far] ?? 0;
        const bi = from[i + far + 1] ?? 0;
        const cr = from[i + 2 * far] ?? 0;
        const ci = from[i + 2 * far + 1] ?? 0;
        const dr = from[i + 3 * far] ?? 0;
        const di = from[i + 3 * far + 1] ?? 0;
        const er = from[i + 4 * far] ?? 0;
        const ei = from[i + 4 * far + 1] ?? 0;
        const sumBEr = br + er;
        const sumBEi = bi + ei;
        const difBEr = br - er;
        const difBEi = bi - ei;
        const sumCDr = cr + dr;
        const sumCDi = ci + di;
        const difCDr = cr - dr;
        const difCDi = ci - di;
        to[o] = ar + sumBEr + sumCDr;
        to[o + 1] = ai + sumBEi + sumCDi;
        const near14r = ar + COS_72 * sumBEr + COS_144 * sumCDr;
        const near14i = ai + COS_72 * sumBEi + COS_144 * sumCDi;
        const near23r = ar + COS_144 * sumBEr + COS_72 * sumCDr;
        const near23i = ai + COS_144 * sumBEi + COS_72 * sumCDi;
        const turn14r = SIN_72 * difBEi + SIN_144 * difCDi;
        const turn14i = -SIN_72 * difBEr - SIN_144 * difCDr;
        const turn23r = SIN_144 * difBEi - SIN_72 * difCDi;
        const turn23i = -SIN_144 * difBEr + SIN_72 * difCDr;
        rotate(to, o + step, near14r + turn14r, near14i + turn14i, twiddles, t + 2);
        rotate(to, o + 2 * step, near23r + turn23r, near23i + turn23i, twiddles, t + 4);
        rotate(to, o + 3 * step, near23r - turn23r, near23i - turn23i, twiddles, t + 6);
        rotate(to, o + 4 * step, near14r - turn14r, near14i - turn14i, twiddles, t + 8);
      }
    }
  };
}

/** to[o] = (re + i im) * twiddles[t], all interleaved. */
function rotate(
  to: Float64Array,
  o: number,
  re: number,
  im: number,
  twiddles: Float64Array,
  t: number,
): void {
  const wr = twiddles[t] ?? 0;
  const wi = twiddles[t + 1] ?? 0;
  to[o] = re * wr - im * wi;
  to[o + 1] = re * wi + im * wr;
}

function anyRadix(radix: number, groups: number, stride: number, twiddles: Float64Array): Pass {
  const far = 2 * stride * groups;
  const cos = Float64Array.from({ length: radix }, (_, k) => Math.cos((2 * Math.PI * k) / radix));
  const sin = Float64Array.from({ length: radix }, (_, k) => -Math.sin((2 * Math.PI * k) / radix));
  return (from, to) => {
    for (let p = 0; p < groups; p++) {
      for (let q = 0; q < stride; q++) {
        const i = 2 * (q + stride * p);
        const o = 2 * (q + radix * stride * p);
        for (let k = 0; k < radix; k++) {
          let re = 0;
          let im = 0;
          for (let j = 0; j < radix; j++) {
            const c = cos[(j * k) % radix] ?? 0;
            const s = sin[(j * k) % radix] ?? 0;
            const xr = from[i + j * far] ?? 0;
            const xi = from[i + j * far + 1] ?? 0;
            re += xr * c - xi * s;
            im += xr * s + xi * c;
          }
          rotate(to, o + 2 * stride * k, re, im, twiddles, 2 * (p * radix + k));
        }
      }
    }
  };
}
