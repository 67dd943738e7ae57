import { VoiceprintError } from '../../errors.js';
import type { SpectrumEngineFactory } from './spectrum-engine.js';

/**
 * Loads Meyda and gives its FFT as an engine for powers of two. Frames come windowed and zero
 * padded, so Meyda's own window is off; its spectrum is float64 and exact to rounding.
 *
 * Meyda is imported on demand: a recipe takes 2 to 3 times as long on it as on
 * {@link mixedRadixEngine} (`scripts/lab/bench/front-end.ts`), and it puts itself on `window` when it
 * loads. Use it where a page computes other Meyda features anyway.
 *
 * @throws VoiceprintError `features/invalid` (from the factory) when the size is no power of two.
 */
export async function loadMeydaEngine(): Promise<SpectrumEngineFactory> {
  const { default: Meyda } = await import('meyda');
  return (size) => {
    if (!Number.isInteger(size) || size < 4 || (size & (size - 1)) !== 0) {
      throw new VoiceprintError(
        'features/invalid',
        `Meyda takes frames of a power of two, got ${size}; use mixedRadixEngine for this recipe`,
      );
    }
    // A copy, so that the settings of a page that uses Meyda itself stay as they are.
    const meyda = { ...Meyda, bufferSize: size, windowingFunction: 'rect' };
    const bins = size / 2 + 1;
    const signal = new Float64Array(size);
    return {
      size,
      bins,
      power(frame, power) {
        signal.set(frame);
        const features = meyda.extract('complexSpectrum', signal);
        const { real, imag } = complexSpectrum(features);
        for (let k = 0; k < bins; k++) {
          const re = real[k] ?? 0;
          const im = imag[k] ?? 0;
          power[k] = re * re + im * im;
        }
      },
    };
  };
}

interface ComplexSpectrum {
  readonly real: ArrayLike<number>;
  readonly imag: ArrayLike<number>;
}

function complexSpectrum(features: unknown): ComplexSpectrum {
  if (
    typeof features === 'object' &&
    features !== null &&
    'real' in features &&
    'imag' in features &&
    isNumbers(features.real) &&
    isNumbers(features.imag)
  ) {
    return { real: features.real, imag: features.imag };
  }
  throw new VoiceprintError('features/invalid', 'Meyda returned no complex spectrum');
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}
