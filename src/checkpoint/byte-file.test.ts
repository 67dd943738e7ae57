import { describe, expect, it } from 'vitest';
import { type ByteFile, blobFile } from './byte-file.js';
import {
  bytesOf,
  checkpointZip,
  dict,
  int,
  little,
  op,
  pickle,
  safetensors,
  tensor,
  text,
} from './checkpoint-files.fixture.js';
import { readCheckpoint } from './index.js';

const COUNT = 100_000;
const big = Float32Array.from({ length: COUNT }, (_, i) => i);
const view = { elements: COUNT, shape: [COUNT], strides: [1] };
const root = dict({
  model: dict({ a: tensor({ storage: '0', ...view }), b: tensor({ storage: '1', ...view }) }),
  optimizer: dict({ m: tensor({ storage: '2', ...view }), v: tensor({ storage: '3', ...view }) }),
});
const storages = ['0', '1', '2', '3'];
const part = (i: number) => ({
  dtype: 'F32',
  shape: [COUNT],
  data_offsets: [4e5 * i, 4e5 * i + 4e5],
});

const legacy = [
  ...pickle([0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]),
  ...pickle(int(1001)),
  ...pickle(op.none),
  ...pickle(root),
  ...pickle([...op.emptyList, ...op.mark, ...storages.flatMap(text), ...op.appends]),
];
const values = bytesOf(big);
const joined = (...parts: readonly (readonly number[] | Uint8Array)[]) => {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of parts) {
    bytes.set(each, at);
    at += each.length;
  }
  return bytes;
};
const counted = joined(little(COUNT, 8), values);

/** A file that counts what is read of it, and gives each part once as memory of its own. */
function counting(bytes: Uint8Array) {
  const reads: number[] = [];
  const file: ByteFile = {
    size: bytes.length,
    read: (start, length) => {
      reads.push(length);
      return Uint8Array.from(bytes.subarray(start, start + length));
    },
  };
  return { file, read: () => reads.reduce((sum, length) => sum + length, 0) };
}

describe.each([
  ['a zip', checkpointZip(root, Object.fromEntries(storages.map((key) => [key, values])))],
  ['the format before PyTorch 1.6', joined(legacy, counted, counted, counted, counted)],
  [
    'safetensors',
    joined(
      safetensors({ 'model.a': part(0), 'model.b': part(1), m: part(2), v: part(3) }),
      values,
      values,
      values,
      values,
    ),
  ],
])('%s', (name, bytes) => {
  it('is read as far as it is used', () => {
    const { file, read } = counting(bytes);
    const limits = name === 'a zip' || name === 'safetensors' ? {} : { indexBytes: 10_000 };
    const { contents } = readCheckpoint(file, limits);
    expect(read()).toBeLessThan(100_000);
    const before = read();
    const a = contents.tensors.get('model.a')?.float32();
    expect(a?.[0]).toBe(0);
    expect(a?.[COUNT - 1]).toBe(COUNT - 1);
    expect(read() - before).toBe(4 * COUNT);
  });

  it('is refused where it ends too soon', () => {
    for (const end of [bytes.length - 1, bytes.length >> 1, 600, 100]) {
      const { file } = counting(bytes.slice(0, end));
      expect(() => readCheckpoint(file)).toThrow(
        expect.objectContaining({ code: 'checkpoint/malformed' }),
      );
    }
  });
});

it('a file that shrinks while it is read is malformed', () => {
  const bytes = checkpointZip(root, Object.fromEntries(storages.map((key) => [key, values])));
  let size = bytes.length;
  const { tensors } = readCheckpoint({
    size,
    read: (start, length) => bytes.slice(start, Math.min(size, start + length)),
  });
  size = 1000;
  expect(() => tensors.get('b')?.float32()).toThrow(
    expect.objectContaining({ code: 'checkpoint/malformed' }),
  );
});

it('blobs are read piece by piece in workers only', () => {
  expect(blobFile(new Blob(['x']))).toBeUndefined();
});
