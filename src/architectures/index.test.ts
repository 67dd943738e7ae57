import { describe, expect, it } from 'vitest';
import { findEncoder } from './find-encoder.js';
import { SYSTEMS } from './index.js';

describe('the list of systems', () => {
  it('names every class once', () => {
    const names = SYSTEMS.flatMap(({ modules }) => modules.map(({ cls }) => cls));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('recognizes the checkpoints of every encoder, whose class it can build', () => {
    for (const { encoders, modules, recognize } of SYSTEMS) {
      const classes = modules.map(({ cls }) => cls);
      for (const { class: upstream } of encoders) expect(classes).toContain(upstream);
      expect(recognize !== undefined).toBe(encoders.length > 0);
    }
  });

  it('takes no other system for one of its own where nothing is known', () => {
    for (const { recognize } of SYSTEMS) expect(recognize?.(new Map(), {})).toBeUndefined();
  });

  it('gives a class name that several systems share to the first of them', () => {
    expect(findEncoder('ECAPA_TDNN').name).toBe('ecapa-tdnn');
    expect(findEncoder('CAMPPlus').name).toBe('campplus');
    expect(() => findEncoder('campplus2')).toThrow(/use one of: .*campplus/);
  });
});
