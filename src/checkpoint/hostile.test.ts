import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { VoiceprintError } from '../errors.js';
import {
  bytesOf,
  checkpointZip,
  dict,
  little,
  safetensors,
  tensor,
} from './checkpoint-fixtures.js';
import { readCheckpoint } from './index.js';

const six = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));
const whole = { storage: '0', elements: 6, shape: [2, 3], strides: [3, 1] };
const root = dict({ a: tensor(whole), b: tensor({ ...whole, storage: '1' }) });
const zip = (level: 0 | 6) => checkpointZip(root, { 0: six, 1: six }, { level });

/** All values, or the code of the error; any other error fails the test. */
function outcome(bytes: Uint8Array): string {
  try {
    const { tensors } = readCheckpoint(bytes);
    return [...tensors].map(([key, { float32 }]) => `${key}: ${[...float32()]}`).join('; ');
  } catch (error) {
    if (error instanceof VoiceprintError) return error.code;
    throw error;
  }
}

const good = 'a: 0,1,2,3,4,5; b: 0,1,2,3,4,5';
const failed = /^checkpoint\/(malformed|unsupported|limit)$/;

describe.each([0, 6] as const)('a damaged zip at level %i', (level) => {
  it('is whole before it is damaged', () => {
    expect(outcome(zip(level))).toBe(good);
  });

  it('fails wherever it is cut off', () => {
    const bytes = zip(level);
    for (let end = 0; end < bytes.length; end++)
      expect(outcome(bytes.slice(0, end))).toMatch(failed);
  });

  it('never gives other values when a bit is flipped', () => {
    const bytes = zip(level);
    let survived = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const result = outcome(changed);
      if (result === good) survived += 1;
      else expect(result).toMatch(failed);
    }
    // Dates, versions, attributes: about 40 bytes of headers per entry mean nothing here.
    expect(survived / (8 * bytes.length)).toBeLessThan(0.3);
  });
});

describe('zip archives made to harm', () => {
  it('does not unpack more than an entry says', () => {
    const bomb = zipSync({ 'archive/data.pkl': new Uint8Array(50_000_000) }, { level: 9 });
    const directory = bomb.length - 22 - 46 - 'archive/data.pkl'.length;
    bomb.set(little(100, 4), directory + 24);
    expect(outcome(bomb)).toBe('checkpoint/malformed');
  });

  it('refuses to unpack what is larger than the limit', () => {
    const bytes = checkpointZip(root, { 0: six, 1: six }, { level: 6 });
    expect(() => readCheckpoint(bytes, { unpackedBytes: 20 })).toThrow(/"unpackedBytes"/);
  });

  it('refuses entries that overlap', () => {
    const bytes = zipSync({ 'x/data.pkl': new Uint8Array(500) }, { level: 0 });
    const end = bytes.length - 22;
    const start = new DataView(bytes.buffer).getUint32(end + 16, true);
    const entry = bytes.slice(start, end);
    const second = entry.slice();
    second[46] = 0x79;
    const both = Uint8Array.from([...bytes.slice(0, end), ...second, ...bytes.slice(end)]);
    both.set([2, 0, 2, 0, ...little(2 * entry.length, 4)], both.length - 14);
    expect(outcome(both)).toBe('checkpoint/malformed');
  });

  it.each([
    ['huge counts', 10, [0xff, 0xff, 0xff, 0xff]],
    ['a directory elsewhere', 16, [0xff, 0xff, 0xff, 0x7f]],
    ['a directory of another size', 12, [1, 0, 0, 0]],
  ])('refuses %s at its end', (_what, at, bytes) => {
    const changed = zip(0);
    changed.set(bytes, changed.length - 22 + at);
    expect(outcome(changed)).toMatch(failed);
  });

  it.each([
    ['without a pickle', { 'x/other': six }, 'checkpoint/unsupported'],
    ['with two pickles', { 'x/data.pkl': six, 'y/data.pkl': six }, 'checkpoint/unsupported'],
    ['of TorchScript', { 'x/data.pkl': six, 'x/code/a.py': six }, 'checkpoint/unsupported'],
    ['of numpy arrays', { 'a.npy': six }, 'checkpoint/unsupported'],
    ['with an empty pickle', { 'x/data.pkl': new Uint8Array(0) }, 'checkpoint/malformed'],
  ])('refuses archives %s', (_what, entries, code) => {
    expect(outcome(zipSync(entries))).toBe(code);
  });
});

it('never gives other values when a bit of a safetensors header is flipped, but for names', () => {
  const header = { a: { dtype: 'F32', shape: [6], data_offsets: [0, 24] } };
  const bytes = safetensors(header, six);
  for (let bit = 0; bit < 8 * (bytes.length - six.length); bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(outcome(changed)).toMatch(/^checkpoint\/|^[^:]*: [-\d.e+,]+$/);
  }
});

it('survives noise', () => {
  let state = 1;
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: 200 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    expect(outcome(checkpointZip([...bytes]))).toMatch(failed);
  }
});
