import { describe, expect, it } from 'vitest';
import { drawn, roomResponse, withNoise } from './distortions.js';

const wave = (length: number, period: number, height: number) =>
  Float32Array.from({ length }, (_, i) => height * Math.sin((2 * Math.PI * i) / period));
const energy = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);

describe('withNoise', () => {
  it.each([10, 0, -5])('adds noise %d dB below the speech', (decibels) => {
    const speech = wave(16_000, 80, 0.3);
    // Shorter than the speech, so that it goes round; whole periods keep its power.
    const noisy = withNoise(speech, wave(5000, 50, 0.9), decibels, 'a.wav');
    const noise = noisy.map((value, i) => value - (speech[i] ?? 0));
    expect(10 * Math.log10(energy(speech) / energy(noise))).toBeCloseTo(decibels, 1);
  });

  it('is the same for a recording every time, wherever it lies, and another for another', () => {
    const speech = wave(800, 80, 0.3);
    const noise = wave(5000, 4999, 0.9);
    const made = (file: string) => withNoise(speech, noise, 0, file);
    expect(made('/one/a.wav')).toEqual(made('/two/a.wav'));
    expect(made('/one/a.wav')).not.toEqual(made('/one/b.wav'));
  });

  it('leaves speech alone where the noise is silent', () => {
    const speech = wave(800, 80, 0.3);
    expect(withNoise(speech, new Float32Array(100), 0, 'a.wav')).toEqual(speech);
  });
});

describe('roomResponse', () => {
  it('begins with the direct sound, ends after half a second, and has the energy of one sample', () => {
    const room = new Float32Array(20_000);
    room[300] = -0.5;
    room[1300] = 0.2;
    room[19_000] = 0.1;
    const response = roomResponse(room);
    expect(response).toHaveLength(8000);
    expect(energy(response)).toBeCloseTo(1, 5);
    expect((response[1000] ?? 0) / (response[0] ?? 0)).toBeCloseTo(-0.4, 5);
  });
});

describe('drawn', () => {
  it('spreads names over all numbers below', () => {
    const numbers = Array.from({ length: 200 }, (_, i) => drawn(`${i}.wav`, 0, 4));
    for (const number of [0, 1, 2, 3]) {
      expect(numbers.filter((other) => other === number).length).toBeGreaterThan(25);
    }
    expect(drawn('a.wav', 0, 1000)).not.toBe(drawn('a.wav', 1, 1000));
  });
});
