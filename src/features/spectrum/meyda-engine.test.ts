import Meyda from 'meyda';
import { describe, expect, it } from 'vitest';
import { espnetMelSpectrogram, kaldiFbank, loadMeydaEngine, speechbrainFbank } from '../index.js';

const SAMPLES = Float32Array.from({ length: 4000 }, (_, i) => 0.3 * Math.sin(i * i * 1e-4));

describe('the Meyda engine', () => {
  it('gives the same features as our own engine', async () => {
    const meyda = await loadMeydaEngine();
    const pairs = [
      [espnetMelSpectrogram({}, meyda), espnetMelSpectrogram()],
      [kaldiFbank({}, meyda), kaldiFbank()],
      [speechbrainFbank({ n_fft: 512 }, meyda), speechbrainFbank({ n_fft: 512 })],
    ] as const;
    for (const [theirs, ours] of pairs) {
      const expected = ours.compute(SAMPLES).data;
      theirs.compute(SAMPLES).data.forEach((value, i) => {
        expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThan(1e-5);
      });
    }
  });

  it('refuses sizes that are no power of two and names the engine that takes them', async () => {
    const meyda = await loadMeydaEngine();
    expect(() => speechbrainFbank({}, meyda)).toThrow(/got 400; use mixedRadixEngine/);
  });

  it("leaves the page's own settings of Meyda alone", async () => {
    const before = [Meyda.bufferSize, Meyda.windowingFunction];
    espnetMelSpectrogram({ n_fft: 1024 }, await loadMeydaEngine()).compute(SAMPLES);
    expect([Meyda.bufferSize, Meyda.windowingFunction]).toEqual(before);
  });
});
