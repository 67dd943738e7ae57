import { describe, expect, it } from 'vitest';
import { boundedThresholds, falseAcceptBounds } from './bounded-thresholds.js';
import { rankTrials } from './ranked-trials.js';
import { testNormal } from './test-scores.fixture.js';
import { thresholdAtFalseAcceptRate } from './thresholds.js';

/** All pairs of so many people, several trials each; every pair has a likeness of its own. */
function madeList(people: number, perPair: number, spread: number, seed: number) {
  const normal = testNormal(seed);
  const [scores, labels, enroll, test]: number[][] = [[], [], [], []];
  for (let a = 0; a < people; a++) {
    for (let b = a; b < people; b++) {
      const likeness = a === b ? 6 : spread * normal();
      for (let trial = 0; trial < perPair; trial++) {
        scores?.push(likeness + normal());
        labels?.push(a === b ? 1 : 0);
        enroll?.push(a);
        test?.push(b);
      }
    }
  }
  return {
    trials: rankTrials(scores ?? [], labels ?? []),
    speakers: { enroll: enroll ?? [], test: test ?? [] },
  };
}

const RATES = [0.05, 0.01];

describe('boundedThresholds', () => {
  it('lies above the plain threshold, the further the more trials hang on one pair', () => {
    const excess = (spread: number) => {
      const { trials, speakers } = madeList(20, 20, spread, 3);
      return boundedThresholds(trials, speakers, RATES).map(
        (score, i) => score - thresholdAtFalseAcceptRate(trials, RATES[i] ?? 0).score,
      );
    };
    const [independent, alike] = [excess(0), excess(2)];
    for (const value of [...independent, ...alike]) expect(value).toBeGreaterThan(0);
    expect(alike[0]).toBeGreaterThan(2 * (independent[0] ?? 0));
  });

  it('holds the rate for other people in about the share of lists that it says', () => {
    let held = 0;
    const lists = 60;
    for (let seed = 1; seed <= lists; seed++) {
      const { trials, speakers } = madeList(20, 4, 1, seed);
      const [threshold = 0] = boundedThresholds(trials, speakers, [0.05], { replicates: 200 });
      // Scores of new people are normal with variance 2: the exact rate at the threshold.
      const { trials: others } = madeList(60, 2, 1, seed + 1000);
      let accepted = 0;
      others.scores.forEach((score, rank) => {
        if (others.labels[rank] === 0 && score >= threshold) accepted++;
      });
      if (accepted / others.nontargets <= 0.055) held++;
    }
    expect(held / lists).toBeGreaterThan(0.85);
  });

  it('agrees with the bound at what it found, in the order of the rates', () => {
    const { trials, speakers } = madeList(22, 6, 1, 5);
    const [lax = 0, strict = 0] = boundedThresholds(trials, speakers, RATES);
    expect(strict).toBeGreaterThan(lax);
    expect(boundedThresholds(trials, speakers, [0.01, 0.05])).toEqual([strict, lax]);
    const [at = 1, below = 1] = falseAcceptBounds(trials, speakers, [lax, lax - 0.01]);
    expect(at).toBeLessThanOrEqual(0.05);
    expect(below).toBeGreaterThan(0.045);
  });

  it('bounds what was never seen by the rule of three, and has no threshold where none holds', () => {
    const { trials, speakers } = madeList(20, 4, 1, 2);
    expect(falseAcceptBounds(trials, speakers, [1000])).toEqual([3 / trials.nontargets]);
    const tied = rankTrials([1, 1, 1, 1], [1, 0, 0, 0]);
    const three = { enroll: [0, 0, 1, 2], test: [0, 1, 2, 0] };
    expect(boundedThresholds(tied, three, [0.1])).toEqual([Number.POSITIVE_INFINITY]);
    expect(() => boundedThresholds(tied, three, [0.1], { level: 1 })).toThrow(/level is 1/);
  });
});
