import { describe, expect, it } from 'vitest';
import { type JudgedModel, judge, refuseRate } from './judge.js';
import type { Voice } from './trial.js';

const model: JudgedModel = {
  name: 'tiny',
  thresholds: [
    { falseAcceptRate: 0.05, score: 0.4 },
    { falseAcceptRate: 0.01, score: 0.6 },
  ],
  calibration: [
    { maximumSeconds: 2, scale: 5, offset: -3 },
    { maximumSeconds: null, scale: 10, offset: -5 },
  ],
};

/** A direction in the plane whose cosine with the x axis is `cosine`. */
const at = (cosine: number) => Float32Array.of(cosine, Math.sqrt(1 - cosine * cosine));
const voice = (cosine: number, seconds = 6): Voice => ({ embeddings: [at(cosine)], seconds });
const x = voice(1);

const normalizing: JudgedModel = {
  name: 'normalizing',
  thresholds: [
    { falseAcceptRate: 0.05, score: 3 },
    { falseAcceptRate: 0.01, score: 5 },
  ],
  calibration: [{ maximumSeconds: null, scale: 2, offset: -6 }],
  normalization: { top: 2, cohort: [at(0.1), at(0.5), at(0.3), at(-0.9)] },
};

describe('a judge without normalisation', () => {
  it('decides by the cosine, at the measured threshold', () => {
    const judging = judge(model, { falseAcceptRate: 0.05 });
    expect(judging).toMatchObject({ threshold: 0.4, falseAcceptRate: 0.05 });
    const trial = judging.trial(x, voice(0.7));
    expect(trial.cosine).toBeCloseTo(0.7, 6);
    expect(trial.score).toBe(trial.cosine);
    expect(trial).toMatchObject({ threshold: 0.4, accepted: true, seconds: 6 });
    expect(trial.llr).toBeCloseTo(10 * 0.7 - 5, 5);
    expect(judging.trial(x, voice(0.39)).accepted).toBe(false);
  });

  it('lets the seconds of the shorter side move the likelihood ratio, never the threshold', () => {
    const judging = judge(model, { falseAcceptRate: 0.05 });
    const short = judging.trial(x, voice(0.7, 1.5));
    expect(short.llr).toBeCloseTo(5 * 0.7 - 3, 5);
    expect(short.threshold).toBe(judging.trial(x, voice(0.7, 60)).threshold);
  });

  it('is never laxer than what was asked, and names the rates there are', () => {
    expect(judge(model, { falseAcceptRate: 0.03 }).threshold).toBe(0.6);
    expect(() => judge(model, { falseAcceptRate: 0.001 })).toThrow(/measured at 0.05, 0.01/);
    expect(() => refuseRate(model, 0.001)).toThrow(/measured at 0.05, 0.01/);
    refuseRate({ ...model, thresholds: [] }, 0.001);
  });

  it('scores several utterances by the mean cosine, whichever side they are on', () => {
    const judging = judge(model, { falseAcceptRate: 0.05 });
    const several = { embeddings: [at(0.9), at(0.3)], seconds: 9 };
    expect(judging.trial(several, x).cosine).toBeCloseTo(0.6, 6);
    expect(judging.trial(x, several)).toEqual(judging.trial(several, x));
  });

  it('takes a threshold of the caller, of which no rate is known', () => {
    const own = judge(model, { falseAcceptRate: 0.05, threshold: 0.25 });
    expect(own).toMatchObject({ threshold: 0.25, falseAcceptRate: undefined });
    expect(own.trial(x, voice(0.3)).accepted).toBe(true);
    expect(() => judge(model, { falseAcceptRate: 0.05, threshold: Number.NaN })).toThrow(/finite/);
  });

  it('refuses a model that lacks thresholds', () => {
    expect(() => judge({ ...model, thresholds: [] }, { falseAcceptRate: 0.05 })).toThrow(
      /voiceprint calibrate/,
    );
  });
});

describe('a judge with normalisation', () => {
  const judging = judge(normalizing, { falseAcceptRate: 0.05 });

  it('scores in deviations above the nearest impostors, against one threshold', () => {
    // The two nearest impostors of x score 0.5 and 0.3: mean 0.4, deviation 0.1; so do those of
    // itself. (1 - 0.4) / 0.1 on both sides.
    const same = judging.trial(x, voice(1));
    expect(same.cosine).toBeCloseTo(1, 6);
    expect(same.score).toBeCloseTo(6, 4);
    expect(same.llr).toBeCloseTo(2 * 6 - 6, 4);
    expect(same).toMatchObject({ threshold: 3, accepted: true });
    // at(0.4) has impostors all about it: the same threshold, another score.
    const crowded = judging.trial(x, voice(0.4));
    expect(crowded.threshold).toBe(same.threshold);
    expect(crowded.score).toBeLessThan(3);
  });

  it('judges scores that were smoothed as it judges its own', () => {
    const { cosine, score, seconds, ...rest } = judging.trial(x, voice(0.9));
    expect(judging.known({ cosine, score, seconds })).toEqual({ cosine, score, seconds, ...rest });
  });

  it('takes a threshold of the caller for one on its own scale', () => {
    const own = judge(normalizing, { falseAcceptRate: 0.05, threshold: 5.9 });
    expect(own.trial(x, voice(1)).accepted).toBe(true);
    expect(own.trial(x, voice(1)).score).toBeCloseTo(6, 4);
  });
});
