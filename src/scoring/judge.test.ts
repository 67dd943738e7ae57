import { describe, expect, it } from 'vitest';
import type { Model } from '../models/model.js';
import { createJudge } from './judge.js';

const threshold = (falseAcceptRate: number, score: number) => ({
  falseAcceptRate,
  score,
  falseRejectRate: 0.1,
  targets: 100,
  nontargets: 3000,
});

const model: Model = {
  name: 'tiny',
  version: '1',
  architecture: 'none',
  licence: 'none',
  sha256: 'a'.repeat(64),
  bytes: 1,
  embeddingSize: 2,
  minimumSeconds: 1,
  recommendedSeconds: 6,
  thresholds: [threshold(0.05, 0.4), threshold(0.01, 0.6)],
  calibration: [{ maximumSeconds: null, scale: 10, offset: -5 }],
};

/** A direction in the plane whose cosine with the x axis is `cosine`. */
const at = (cosine: number) => Float32Array.of(cosine, Math.sqrt(1 - cosine * cosine));
const x = Float32Array.of(1, 0);

const normalizing: Model = {
  ...model,
  normalization: {
    kind: 'as-norm',
    top: 2,
    thresholds: [threshold(0.05, 3), threshold(0.01, 5)],
    calibration: [{ maximumSeconds: null, scale: 2, offset: -6 }],
    cohort: [at(0.1), at(0.5), at(0.3), at(-0.9)],
  },
};

describe('a judge without normalisation', () => {
  it('decides by the measured threshold, the same for all trials', () => {
    const judge = createJudge(model, {}, 0.05);
    expect(judge.statistics(x)).toBeUndefined();
    const trial = judge.trial(undefined, undefined);
    expect(judge.point).toEqual({ threshold: 0.4, falseAcceptRate: 0.05 });
    expect(trial.threshold).toBe(0.4);
    expect(trial.normalizedScore(0.7)).toBeUndefined();
    expect(trial.llr(0.7, 3)).toBeCloseTo(2, 12);
  });

  it('is never laxer than what was asked', () => {
    expect(createJudge(model, { falseAcceptRate: 0.03 }, 0.05).point.threshold).toBe(0.6);
    expect(() => createJudge(model, { falseAcceptRate: 0.001 }, 0.05)).toThrow(/support 0.01/);
  });
});

describe('a judge with normalisation', () => {
  const judge = createJudge(normalizing, {}, 0.05);
  // The two nearest impostors of x score 0.5 and 0.3: mean 0.4, deviation 0.1.
  const trial = judge.trial(judge.statistics(x), judge.statistics(x));

  it('measures scores in deviations above the nearest impostors', () => {
    // (0.6 - 0.4) / 0.1 on both sides
    expect(trial.normalizedScore(0.6)).toBeCloseTo(2, 4);
    expect(trial.llr(0.6, 3)).toBeCloseTo(2 * 2 - 6, 4);
  });

  it('turns the threshold into a cosine of this trial, at which the two decisions agree', () => {
    // 3 deviations above the mean
    expect(trial.threshold).toBeCloseTo(0.7, 5);
    expect(trial.normalizedScore(trial.threshold)).toBeCloseTo(3, 9);
    const crowded = judge.trial(judge.statistics(at(0.4)), judge.statistics(x));
    expect(crowded.threshold).not.toBeCloseTo(trial.threshold, 2);
    expect(crowded.normalizedScore(crowded.threshold)).toBeCloseTo(3, 9);
  });

  it('says the cosine threshold of the same rate where no trial is known', () => {
    expect(judge.point).toEqual({ threshold: 0.4, falseAcceptRate: 0.05 });
  });

  it('takes a threshold of the caller for a cosine', () => {
    const own = createJudge(normalizing, { threshold: 0.25 }, 0.05);
    const side = own.statistics(x);
    expect(own.trial(side, side).threshold).toBe(0.25);
    expect(own.trial(side, side).normalizedScore(0.6)).toBeCloseTo(2, 4);
    expect(own.point.falseAcceptRate).toBeUndefined();
  });

  it('refuses a model that lacks thresholds on normalised scores', () => {
    const { normalization } = normalizing;
    if (normalization === undefined) throw new Error('no normalisation');
    const without = { ...normalizing, normalization: { ...normalization, thresholds: [] } };
    expect(() => createJudge(without, {}, 0.05)).toThrow(/voiceprint calibrate/);
  });
});
