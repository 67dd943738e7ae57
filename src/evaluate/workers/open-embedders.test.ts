import { describe, expect, it } from 'vitest';
import { FILES_PER_WORKER, workersFor } from './open-embedders.js';

describe('workersFor', () => {
  it.each([
    ['every core for a thousand files', 1000, undefined, 2, 2],
    ['no more than the files are worth', FILES_PER_WORKER + 1, undefined, 16, 2],
    ['one for a few files', 3, undefined, 16, 1],
    ['one for none', 0, undefined, 16, 1],
    ['what was asked for', 3, 5, 2, 5],
  ])('gives %s', (_, files, wanted, cores, workers) => {
    expect(workersFor(files, wanted, cores)).toBe(workers);
  });
});
