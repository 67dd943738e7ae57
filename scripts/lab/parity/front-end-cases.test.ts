// @module-tag slow
import { describe, expect, it } from 'vitest';
import { openCases } from './case-folder.js';
import { isFrontEndCase, runFrontEndCase } from './front-end-cases.js';
import { hasWholeReference, REFERENCE_CASES } from './reference.js';
import type { CaseFolder } from './types.js';

describe('front-end cases of the reference', async () => {
  const cases = (await openCases(REFERENCE_CASES)).filter(({ config }) => isFrontEndCase(config));

  it('are all there', () => {
    expect(cases.length).toBe(hasWholeReference ? 31 : 10);
  });

  it.each(cases)('$name', async (folder) => {
    const results = await runFrontEndCase(folder);
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ pass }) => !pass)).toEqual([]);
  });

  it('fail when the reference is moved by less than any known mistake', async () => {
    const folder = cases.find(({ name }) => name === 'front_edge_impulse');
    if (folder === undefined) throw new Error('front_edge_impulse is missing');
    const moved: CaseFolder = {
      ...folder,
      readArray: async (file) => {
        const array = await folder.readArray(file);
        if (file === 'wave.npy') return array;
        return { ...array, values: Float64Array.from(array.values, (value) => value * 1.0001) };
      },
    };
    const results = await runFrontEndCase(moved);
    expect(results.some(({ output }) => output !== 'raises')).toBe(true);
    expect(results.filter(({ pass, output }) => pass && output !== 'raises')).toEqual([]);
  });

  it('fail when the length of the reference differs', async () => {
    const folder = cases.find(({ name }) => name === 'front_edge_impulse');
    if (folder === undefined) throw new Error('front_edge_impulse is missing');
    const cut: CaseFolder = {
      ...folder,
      readArray: async (file) => {
        const array = await folder.readArray(file);
        return file === 'wave.npy' ? array : { ...array, values: array.values.subarray(80) };
      },
    };
    expect((await runFrontEndCase(cut)).every(({ pass }) => !pass)).toBe(true);
  });
});
