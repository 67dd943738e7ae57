import { describe, expect, it } from 'vitest';
import { createFrontEnd, FRONT_END_PRESETS } from '../index.js';
import { torchaudioMel } from '../spectrum/torchaudio-mel.js';

const tone = (hz: number) =>
  Float32Array.from({ length: 8000 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / 16_000));

describe("torchaudio's mel spectrogram", () => {
  it('has linear bands of one width below 1 kHz on the scale of Slaney', () => {
    const of = { bins: 513, bands: 40, sampleRate: 16_000, fMin: 0, fMax: 8000 };
    const { values, bands } = torchaudioMel({ ...of, scale: 'slaney' });
    const peak = (band: number) => {
      const column = Array.from({ length: 513 }, (_, bin) => values[bin * bands + band] ?? 0);
      return (column.indexOf(Math.max(...column)) * 8000) / 512;
    };
    // 45.2456 mels of 66.7 Hz in 41 steps.
    for (const band of [0, 3, 6]) {
      expect(Math.abs(peak(band) - (band + 1) * 73.57)).toBeLessThan(16);
    }
  });

  it('has triangles of one area with the norm of Slaney', () => {
    const of = { bins: 8193, bands: 20, sampleRate: 16_000, fMin: 0, fMax: 8000 };
    const { values } = torchaudioMel({ ...of, scale: 'slaney', norm: 'slaney' });
    for (const band of [0, 10, 19]) {
      let area = 0;
      for (let bin = 0; bin < 8193; bin++) area += (values[bin * 20 + band] ?? 0) * (8000 / 8192);
      expect(area).toBeCloseTo(1, 3);
    }
  });

  it('gives magnitudes with power 1: twice as loud is log 2 more', () => {
    const parameters = { ...FRONT_END_PRESETS['mel-spec'](80).parameters, normalization: 'none' };
    const frontEnd = createFrontEnd({ recipe: 'torchaudio', parameters });
    const loud = tone(440);
    const [one, two] = [loud.map((x) => x / 2), loud].map((wave) => frontEnd.compute(wave));
    const at = 10 * 80;
    const bands = one?.data.subarray(at, at + 80) ?? new Float32Array();
    const loudest = bands.indexOf(Math.max(...bands));
    expect((two?.data[at + loudest] ?? 0) - (bands[loudest] ?? 0)).toBeCloseTo(Math.LN2, 5);
  });

  it.each([{ power: 3 }, { norm: 'area' }, { mel_scale: 'bark' }, { n_fft: 512, win_length: 513 }])(
    'refuses %o',
    (parameters) => {
      const make = () => createFrontEnd({ recipe: 'torchaudio', parameters });
      expect(make).toThrow(Object.keys(parameters).at(-1));
    },
  );

  it("ESPnet's class takes the scale too", () => {
    const compute = (mel_scale: string) =>
      createFrontEnd({ recipe: 'espnet', parameters: { mel_scale } }).compute(tone(440)).data;
    expect(compute('slaney')).not.toEqual(compute('htk'));
    expect(() => compute('bark')).toThrow('mel_scale');
  });
});
