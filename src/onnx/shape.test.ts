import { describe, expect, it } from 'vitest';
import type { Dim } from './model.js';
import { broadcast, dimAt, knownDim, offsetDim, withDim, wrapAxis } from './shape.js';

describe('offsetDim', () => {
  it.each<[Dim, number, Dim]>([
    [7, -2, 5],
    ['frames', 0, 'frames'],
    ['frames', 4, 'frames+4'],
    ['frames', -4, 'frames-4'],
    ['frames+4', -4, 'frames'],
    ['frames+4', 3, 'frames+7'],
    ['frames-4', 6, 'frames+2'],
    ['frames+10', -12, 'frames-2'],
    ['(frames-3)/2+1', -1, '(frames-3)/2'],
    ['(frames-3)/2', 2, '(frames-3)/2+2'],
    ['frames+cached', 5, 'frames+cached+5'],
  ])('%s and %d make %s', (dim, offset, expected) => {
    expect(offsetDim(dim, offset)).toBe(expected);
  });

  it('comes back to where it began, whatever the way', () => {
    let dim: Dim = 'frames';
    const steps = [3, -7, 12, -1, -9, 2];
    for (const step of steps) dim = offsetDim(dim, step);
    expect(steps.reduce((sum, step) => sum + step, 0)).toBe(0);
    expect(dim).toBe('frames');
  });
});

describe('broadcast', () => {
  it.each<[Dim[], Dim[], Dim[]]>([
    [[], [], []],
    [[2, 3], [], [2, 3]],
    [[2, 3], [3], [2, 3]],
    [
      [2, 1, 4],
      [3, 1],
      [2, 3, 4],
    ],
    [
      ['batch', 1],
      [1, 'frames'],
      ['batch', 'frames'],
    ],
    [['batch', 5], [5], ['batch', 5]],
    // A size that is known is more than a name.
    [['frames'], [7], [7]],
    [[7], ['frames'], [7]],
    [['frames'], [1], ['frames']],
  ])('%j and %j make %j', (a, b, expected) => {
    expect(broadcast(a, b)).toEqual(expected);
  });

  it('takes two names to agree, and keeps the first', () => {
    expect(broadcast(['frames'], ['tokens'])).toEqual(['frames']);
  });

  it('refuses sizes that differ, naming both', () => {
    expect(() => broadcast([2, 3], [2, 4])).toThrow('[2,3] and [2,4] do not broadcast');
  });
});

describe('axes', () => {
  it('are counted from either end', () => {
    expect([wrapAxis(0, 3), wrapAxis(2, 3), wrapAxis(-1, 3), wrapAxis(-3, 3)]).toEqual([
      0, 2, 2, 0,
    ]);
    expect(dimAt(['batch', 5, 'frames'], -2)).toBe(5);
    expect(withDim(['batch', 5], -1, 'frames')).toEqual(['batch', 'frames']);
  });

  it.each([3, -4, Number.NaN])('are refused outside: %d', (axis) => {
    expect(() => wrapAxis(axis, 3)).toThrow(`axis ${axis} of rank 3`);
    expect(() => dimAt([1, 2, 3], axis)).toThrow(RangeError);
    expect(() => withDim([1, 2, 3], axis, 4)).toThrow(RangeError);
  });

  it('have a known size where one is asked for', () => {
    expect(knownDim(['batch', 5], 1)).toBe(5);
    expect(() => knownDim(['batch', 5], 0)).toThrow('must have a known size');
  });

  it('leave the shape that they were given as it was', () => {
    const shape: Dim[] = [1, 2];
    withDim(shape, 0, 9);
    expect(shape).toEqual([1, 2]);
  });
});
