import { describe, expect, it } from 'vitest';
import { bootstrapIntervals } from './bootstrap.js';
import { equalErrorRate } from './equal-error-rate.js';
import { llrCost, minimumLlrCost } from './llr-cost.js';
import { rankTrials } from './ranked-trials.js';
import { testNormal } from './test-scores.fixture.js';

/** All pairs of files of speakers whose voices vary less than they differ. */
function allPairs(speakers: number, files: number, seed = 1) {
  const normal = testNormal(seed);
  const voices = Array.from({ length: speakers }, () => [normal(), normal()] as const);
  const recordings = voices.flatMap(([x, y], speaker) =>
    Array.from({ length: files }, () => ({ speaker, x: x + normal() / 3, y: y + normal() / 3 })),
  );
  const scores: number[] = [];
  const labels: number[] = [];
  const enroll: number[] = [];
  const test: number[] = [];
  recordings.forEach((a, i) => {
    for (const b of recordings.slice(i + 1)) {
      scores.push(-Math.hypot(a.x - b.x, a.y - b.y));
      labels.push(a.speaker === b.speaker ? 1 : 0);
      enroll.push(a.speaker);
      test.push(b.speaker);
    }
  });
  return { trials: rankTrials(scores, labels), speakers: { enroll, test } };
}

describe('bootstrapIntervals', () => {
  const { trials, speakers } = allPairs(20, 5);
  const metrics = { eer: equalErrorRate, minCllr: minimumLlrCost };

  it('contain the value, and repeat themselves under a seed only', () => {
    const first = bootstrapIntervals(trials, speakers, metrics, { replicates: 200 });
    expect(first.eer[0]).toBeLessThan(equalErrorRate(trials));
    expect(first.eer[1]).toBeGreaterThan(equalErrorRate(trials));
    expect(bootstrapIntervals(trials, speakers, metrics, { replicates: 200 })).toEqual(first);
    expect(bootstrapIntervals(trials, speakers, metrics, { replicates: 200, seed: 2 })).not.toEqual(
      first,
    );
  });

  it('are wider than if trials were independent', () => {
    const width = ([low, high]: readonly [number, number]) => high - low;
    const bySpeaker = bootstrapIntervals(trials, speakers, metrics, { replicates: 300 });
    const each = Array.from(trials.order.keys());
    const byTrial = bootstrapIntervals(trials, { enroll: each, test: each }, metrics, {
      replicates: 300,
    });
    expect(width(bySpeaker.eer)).toBeGreaterThan(1.5 * width(byTrial.eer));
  });

  it('are a point where every draw of speakers gives the same', () => {
    // Three speakers, two files each; every target scores above every nontarget.
    const perfect = rankTrials([1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0]);
    const everyone = { enroll: [0, 1, 2, 0, 0, 1], test: [0, 1, 2, 1, 2, 2] };
    expect(bootstrapIntervals(perfect, everyone, metrics, { replicates: 50 })).toEqual({
      eer: [0, 0],
      minCllr: [0, 0],
    });
  });

  it('widen with the level', () => {
    const at = (level: number) =>
      bootstrapIntervals(trials, speakers, metrics, { replicates: 200, level }).eer;
    expect(at(0.99)[1]).toBeGreaterThan(at(0.5)[1]);
  });

  it('cover the true rate about as often as they say', () => {
    // The truth: the rate over very many speakers of the same kind.
    const truth = equalErrorRate(allPairs(150, 5, 99).trials);
    let covered = 0;
    for (let seed = 0; seed < 20; seed++) {
      const sample = allPairs(20, 4, 1000 + seed);
      const { eer } = bootstrapIntervals(sample.trials, sample.speakers, metrics, {
        replicates: 100,
      });
      if (eer[0] <= truth && truth <= eer[1]) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(16);
  });

  it('leave infinite scores of speakers who were not drawn out', () => {
    const some = rankTrials([Infinity, 1, 1, -Infinity, 0, 0], [1, 1, 1, 0, 0, 0]);
    const { cllr } = bootstrapIntervals(
      some,
      { enroll: [0, 1, 2, 0, 1, 2], test: [0, 1, 2, 1, 2, 0] },
      { cllr: llrCost },
      { replicates: 50 },
    );
    expect(cllr.every(Number.isFinite)).toBe(true);
  });

  it('refuse speakers that do not match, and a level that is none', () => {
    expect(() => bootstrapIntervals(trials, { enroll: [0], test: [0] }, metrics)).toThrow(
      /trials and 1/,
    );
    expect(() => bootstrapIntervals(trials, speakers, metrics, { level: 1 })).toThrow(/level is 1/);
    const odd = { enroll: speakers.enroll.map(() => -1), test: speakers.test };
    expect(() => bootstrapIntervals(trials, odd, metrics)).toThrow(/number speakers from 0/);
  });
});
