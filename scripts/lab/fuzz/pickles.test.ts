import { expect, it } from 'vitest';
import { fuzzedCheckpoint } from './pickles.js';
import { readFuzzed } from './read-fuzzed.js';

const COUNT = 3000;

it('every fuzzed checkpoint is read or refused by a typed error, and none is slow', () => {
  const results = new Map<string, number>();
  for (let seed = 0; seed < COUNT; seed++) {
    const { result, milliseconds } = readFuzzed(seed);
    results.set(result, (results.get(result) ?? 0) + 1);
    expect(milliseconds, `seed ${seed}`).toBeLessThan(1000);
  }
  // Files that all fail in the same way would prove little.
  expect(results.get('read')).toBeGreaterThan(COUNT / 50);
  expect(results.get('checkpoint/malformed')).toBeGreaterThan(COUNT / 20);
  expect(results.get('checkpoint/unsupported')).toBeGreaterThan(COUNT / 50);
});

it('the same seed makes the same file', () => {
  for (let seed = 0; seed < 20; seed++)
    expect(fuzzedCheckpoint(seed)).toEqual(fuzzedCheckpoint(seed));
});
