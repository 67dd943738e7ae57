import { expect, it } from 'vitest';
import { fuzzedCheckpoint } from './pickles.js';
import { readFuzzed } from './read-fuzzed.js';

const COUNT = 3000;

it('every fuzzed checkpoint is read or refused by a typed error, and none takes as long as all others', () => {
  const results = new Map<string, number>();
  let slowest = { seed: -1, milliseconds: 0 };
  let total = 0;
  for (let seed = 0; seed < COUNT; seed++) {
    const outcome = readFuzzed(seed);
    const { result, milliseconds } = outcome;
    results.set(result, (results.get(result) ?? 0) + 1);
    total += milliseconds;
    if (milliseconds > slowest.milliseconds) slowest = outcome;
  }
  expect(slowest.milliseconds, `seed ${slowest.seed}`).toBeLessThan(total / 2);
  // Files that all fail in the same way would prove little.
  expect(results.get('read')).toBeGreaterThan(COUNT / 50);
  expect(results.get('checkpoint/malformed')).toBeGreaterThan(COUNT / 20);
  expect(results.get('checkpoint/unsupported')).toBeGreaterThan(COUNT / 50);
});

it('the same seed makes the same file', () => {
  for (let seed = 0; seed < 20; seed++)
    expect(fuzzedCheckpoint(seed)).toEqual(fuzzedCheckpoint(seed));
});
