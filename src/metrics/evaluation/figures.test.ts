import { describe, expect, it } from 'vitest';
import { readTrialList } from '../trial-list.js';
import { figuresOf } from './figures.js';
import { type FileEmbedding, scoreTrials } from './scored-trials.js';

/** Speakers as directions in the plane, files as small turns from them. */
const files = ['s/1', 's/2', 's/3', 't/1', 't/2', 'u/1', 'u/2'];
const angles = [0, 0.1, 0.9, 1, 1.1, 2, 2.15];
const embeddings: readonly FileEmbedding[] = angles.map((angle, i) => ({
  seconds: i + 1,
  values: Float32Array.of(7 * Math.cos(angle), 7 * Math.sin(angle)),
}));
const lines = files.flatMap((a, i) =>
  files.slice(i + 1).map((b) => `${a[0] === b[0] ? 1 : 0} ${a} ${b}\n`),
);
const list = await readTrialList(lines);

describe('scoreTrials', () => {
  it('scores by cosine, with the seconds of the shorter side', () => {
    const { scores, seconds, labels } = scoreTrials(list, embeddings);
    expect(scores[0]).toBeCloseTo(Math.cos(0.1), 6);
    expect(seconds[0]).toBe(1);
    expect(Array.from(labels)).toEqual(Array.from(list.labels));
  });

  it('leaves out trials of files that were left out', () => {
    const some = embeddings.map((embedding, i) => (i === 0 ? undefined : embedding));
    const { trials, scores } = scoreTrials(list, some);
    expect(trials).toHaveLength(15);
    expect(scores[0]).toBeCloseTo(Math.cos(0.8), 6);
  });
});

describe('figuresOf', () => {
  const scored = scoreTrials(list, embeddings);
  const calibration = [{ maximumSeconds: null, scale: 20, offset: -18 }];

  it('has the keys that programs rely on, with rates from 0 to 1', () => {
    const figures = figuresOf(list, scored, calibration);
    expect(figures).toMatchObject({ trials: 21, targets: 5 });
    expect(Object.keys(figures.minDcf)).toEqual(['0.01', '0.05']);
    expect(Object.keys(figures.actDcf ?? {})).toEqual(['0.01', '0.05']);
    // Targets at 0.1, 0.1, 0.15, 0.8, 0.9; nontargets within 0.9: 0.1 (3-4), 0.2 (3-5), 0.9 (2-4).
    // Accepting turns up to 0.2: 3 of 5 targets, 2 of 16 nontargets; up to 0.8: 4 of 5, 2 of 16.
    expect(figures.eer).toBeGreaterThan(2 / 16);
    expect(figures.eer).toBeLessThanOrEqual(1 / 5);
    const [low, high] = figures.intervals.eer;
    expect(low).toBeLessThanOrEqual(figures.eer);
    expect(high).toBeGreaterThanOrEqual(figures.eer);
    expect(figures.cllr).toBeGreaterThanOrEqual(figures.minCllr);
  });

  it('claims no calibrated figure without calibration', () => {
    const figures = figuresOf(list, scored, []);
    expect(figures).toMatchObject({ actDcf: null, cllr: null });
    expect(figures.intervals).toMatchObject({ actDcf: null, cllr: null });
  });

  it('survives JSON with nothing lost', () => {
    const figures = figuresOf(list, scored, calibration);
    expect(JSON.parse(JSON.stringify(figures))).toEqual(figures);
  });

  it('refuses one class of trials', () => {
    const onlyTargets = { ...scored, labels: scored.labels.map(() => 1) };
    expect(() => figuresOf(list, onlyTargets, [])).toThrow(
      expect.objectContaining({ code: 'trials/malformed' }),
    );
  });
});
