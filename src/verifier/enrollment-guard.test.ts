import { describe, expect, it } from 'vitest';
import { judge } from '../scoring/judge.js';
import { consistencyOf, refuseDifferent, repeatedPieces } from './enrollment-guard.js';

const judging = judge(
  {
    name: 'made',
    thresholds: [{ falseAcceptRate: 0.05, score: 0.6 }],
    calibration: [{ maximumSeconds: null, scale: 20, offset: -10 }],
  },
  { falseAcceptRate: 0.05 },
);

/** A voice is an angle; 5 s of it. */
const piece = (degrees: number, utterance = 0) => {
  const angle = (degrees * Math.PI) / 180;
  return { embedding: Float32Array.of(Math.cos(angle), Math.sin(angle)), seconds: 5, utterance };
};

const refuse = (known: readonly number[], ...utterances: readonly (readonly number[])[]) =>
  refuseDifferent(judging, {
    known: known.map((degrees) => piece(degrees)),
    added: utterances.flatMap((pieces, utterance) =>
      pieces.map((degrees) => piece(degrees, utterance)),
    ),
    labels: utterances.map((_, index) => `clip ${index + 1}`),
  });

describe('refuseDifferent', () => {
  it('lets pass what would be accepted', () => {
    expect(() => refuse([0], [50])).not.toThrow();
    expect(() => refuse([], [0], [40], [20])).not.toThrow();
    expect(() => refuse([], [0])).not.toThrow();
  });

  it('refuses what would not be, at the very threshold of the decision', () => {
    // The cosines of 53 and 54 degrees are 0.602 and 0.588.
    expect(() => refuse([0], [53])).not.toThrow();
    expect(() => refuse([0], [54])).toThrow(
      expect.objectContaining({
        code: 'audio/inconsistent',
        message: expect.stringMatching(/^clip 1 scores 0.59 \(needed 0.60\).*allowDifferent: true/),
      }),
    );
  });

  it('names the clip of a batch that stands apart, wherever it is', () => {
    expect(() => refuse([], [100], [0], [10], [5])).toThrow(/^clip 1 scores/);
    expect(() => refuse([], [0], [10], [100], [5])).toThrow(/^clip 3 scores/);
    expect(() => refuse([], [0], [100])).toThrow(/^clip 2 scores/);
  });

  it('hears two people who take turns in one recording', () => {
    expect(() => refuse([], [0, 60, 2, 62, 4, 58])).toThrow(/several people/);
    expect(() => refuse([], [0, 10, 2, 12, 4, 8])).not.toThrow();
  });

  it('cannot tell without thresholds', () => {
    expect(() =>
      refuseDifferent(undefined, { known: [piece(0)], added: [piece(90)], labels: ['clip'] }),
    ).not.toThrow();
  });
});

describe('repeatedPieces', () => {
  it('finds a recording that is enrolled already or comes twice, and no other', () => {
    const known = [piece(0)];
    const added = [piece(0, 0), piece(20, 1), piece(20, 2), piece(22, 3)];
    expect([...repeatedPieces({ known, added })]).toEqual([0, 2]);
  });

  it('does not compare the pieces of one recording with each other', () => {
    expect(repeatedPieces({ known: [], added: [piece(5), piece(5), piece(5)] }).size).toBe(0);
  });
});

describe('consistencyOf', () => {
  it('is the mean score of each with the others', () => {
    expect(consistencyOf(judging, [piece(0), piece(60)])).toBeCloseTo(0.5, 6);
    expect(consistencyOf(judging, [piece(0)])).toBeUndefined();
  });
});
