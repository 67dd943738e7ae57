import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { VoiceprintError } from '../errors.js';
import { SHARED } from '../platform/checkout.fixture.js';
import {
  bytesOf,
  call,
  checkpointZip,
  dict,
  get,
  global,
  little,
  op,
  pickle,
  put,
  safetensors,
  tensor,
  text,
  tuple,
} from './checkpoint-files.fixture.js';
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

const shared = SHARED;
const bomb = join(shared, 'inputs/hostile/device-bomb.pt');
if (!existsSync(bomb)) console.warn(`skipped: ${bomb} is not there, so it is not read`);

/** A pickle that repeats an operation, in a zip that says little of it. */
function repeated(start: readonly number[], operation: readonly number[], times: number) {
  const body = Array.from({ length: times }, () => operation).flat();
  const data = pickle([...start, ...body, ...op.none]);
  return zipSync({ 'archive/data.pkl': data }, { level: 6 });
}

const longText = [...text('x'.repeat(200_000)), ...put(0), ...op.pop];
const numbers = Array.from({ length: 20_000 }, (_, i) => [...little(i, 2)]);
const pairs = [
  ...op.emptyDict,
  ...op.mark,
  ...numbers.flatMap((bytes) => [0x4d, ...bytes, ...op.none]),
  ...op.setItems,
];
const kept = [...pairs, ...put(0), ...op.pop];
const manyTensors = dict(
  Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`t${i}`, tensor(whole)])),
);

describe('pickles that ask for much', () => {
  const encoded = [...global('_codecs', 'encode'), ...tuple(get(0), text('latin1')), ...op.reduce];
  const copied = [...global('collections', 'OrderedDict'), ...get(0), 0x85, ...op.reduce];
  const doubled = Array.from({ length: 60 }, (_, i) => [
    ...call('torch', 'device', get(i), get(i)),
    ...put(i + 1),
    ...op.pop,
  ]).flat();

  it.each([
    ['copies of a dict', repeated(kept, [...copied, ...op.pop], 500)],
    ['encodings of one long text', repeated(longText, [...encoded, ...op.pop], 500)],
    ['lists', repeated([], op.emptyList, 1_000_000)],
    ['dicts', repeated([], op.emptyDict, 1_000_000)],
    ['marks', repeated([], op.mark, 3_000_000)],
    ['values that are dropped', repeated([], [...op.none, ...op.pop], 1_500_000)],
    ['texts that double', repeated(longText, doubled, 1)],
    ['one long key before many', checkpointZip(nestedUnder('k'.repeat(5000)), { 0: six })],
    ['a long name before many', checkpointZip(nestedUnder('\u001b'.repeat(5000)), { 0: six })],
  ])('%s: fails at once, with a typed error', (_what, bytes) => {
    const heap = process.memoryUsage().heapUsed;
    const start = process.cpuUsage();
    expect(outcome(bytes)).toMatch(failed);
    expect(cpuMilliseconds(start)).toBeLessThan(1000);
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(100e6);
  });

  function nestedUnder(key: string) {
    return dict({ [key]: dict({ [key]: dict({ [key]: manyTensors }) }) });
  }

  it.skipIf(!existsSync(bomb))('the smallest of them too', () => {
    expect(outcome(readFileSync(bomb))).toMatch(failed);
  });

  it('reads more when the caller trusts the file', () => {
    const bytes = checkpointZip(nestedUnder('k'.repeat(5000)), { 0: six });
    expect(readCheckpoint(bytes, { pickleBytes: 2 ** 30 }).tensors.size).toBe(2000);
  });

  it('shows names with their control characters written out', () => {
    const name = '\u001b[2Jgone\u202e';
    const bytes = checkpointZip(dict({ [name]: tensor({ ...whole, offset: 1 }) }), { 0: six });
    expect(() => readCheckpoint(bytes)).toThrow('"\\u{1b}[2Jgone\\u{202e}"');
    const long = checkpointZip(dict({ ['x'.repeat(9e4)]: tensor({ ...whole, offset: 1 }) }), {
      0: six,
    });
    expect(() => readCheckpoint(long)).toThrow(/^.{0,1200}$/);
  });

  it('takes numbers that share their hash as keys and in the memo', () => {
    // Multiples of a power of two fall into one bucket of a table without a seed.
    const keys = Array.from({ length: 20_000 }, (_, i) => [0x4a, ...little(i * 65_536, 4)]);
    const items = keys.flatMap((key) => [...key, ...op.none]);
    const bytes = checkpointZip(
      dict({ a: tensor(whole), b: [...op.emptyDict, ...op.mark, ...items, ...op.setItems] }),
      { 0: six },
    );
    const start = process.cpuUsage();
    expect(outcome(bytes)).toBe('a: 0,1,2,3,4,5');
    expect(cpuMilliseconds(start)).toBeLessThan(1000);
  });
});

/** Of this process since `start`: what other work on the machine takes does not count. */
function cpuMilliseconds(start: NodeJS.CpuUsage): number {
  return process.cpuUsage(start).user / 1000;
}
