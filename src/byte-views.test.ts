import { randomBytes } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../scripts/lab/parity/npy.js';
import type { ByteSource } from './bytes.js';
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
} from './checkpoint/checkpoint-files.fixture.js';
import { readCheckpoint } from './checkpoint/index.js';
import { decodeCohort, encodeCohort } from './models/cohort.js';
import { GraphBuilder } from './onnx/index.js';
import { checkModel } from './onnx/read.js';

/** The same bytes as every kind of view that a caller may hold, each amid other bytes. */
function* views(bytes: Uint8Array): Generator<readonly [string, ByteSource]> {
  yield ['an ArrayBuffer', new Uint8Array(bytes).buffer];
  const amid = (shift: number, buffer: ArrayBufferLike) => {
    new Uint8Array(buffer).fill(0xa5);
    new Uint8Array(buffer, shift, bytes.length).set(bytes);
    return buffer;
  };
  for (let shift = 0; shift < 8; shift++) {
    const buffer = () => amid(shift, new ArrayBuffer(bytes.length + 16));
    yield [`a Uint8Array at ${shift}`, new Uint8Array(buffer(), shift, bytes.length)];
    yield [`a Buffer at ${shift}`, Buffer.from(buffer(), shift, bytes.length)];
    yield [`a DataView at ${shift}`, new DataView(buffer(), shift, bytes.length)];
    const shared = amid(shift, new SharedArrayBuffer(bytes.length + 16));
    yield [`shared memory at ${shift}`, new Uint8Array(shared, shift, bytes.length)];
  }
  yield ['a Buffer of the pool', Buffer.from(bytes)];
  yield ['an Int8Array', new Int8Array(new Uint8Array(bytes).buffer)];
  if (bytes.length % 2 === 0) yield ['an Int16Array', new Int16Array(new Uint8Array(bytes).buffer)];
  if (bytes.length % 8 === 0) yield ['floats', new Float64Array(new Uint8Array(bytes).buffer)];
  const other: Uint8Array = runInNewContext(`new Uint8Array(${bytes.length})`);
  other.set(bytes);
  yield ['an array of another realm', other];
}

const values = Float32Array.from({ length: 24 }, (_, i) => Math.fround(Math.sin(i + 1)));
const whole = { storage: '0', elements: 24, shape: [4, 6], strides: [6, 1] };
const allOf = (bytes: ByteSource) =>
  [...readCheckpoint(bytes).tensors].map(([key, t]) => [key, t.shape, [...t.float32()]]);

/** Storages of zips that were packed again start anywhere. */
function zipOf(level: 0 | 6, shift: number): Uint8Array {
  const entries: Zippable = {
    [`${'n'.repeat(shift + 1)}/data.pkl`]: pickle(dict({ a: tensor(whole) })),
    [`${'n'.repeat(shift + 1)}/data/0`]: bytesOf(values),
  };
  return zipSync(entries, { level });
}

const legacy = Uint8Array.from([
  ...pickle([0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]),
  ...pickle(int(1001)),
  ...pickle(op.none),
  ...pickle(dict({ a: tensor(whole) })),
  ...pickle([...op.emptyList, ...op.mark, ...text('0'), ...op.appends]),
  ...little(24, 8),
  ...bytesOf(values),
]);

function npy(): Uint8Array {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 6), }\n";
  const start = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, ...little(header.length, 2)];
  return Uint8Array.from([...start, ...new TextEncoder().encode(header), ...bytesOf(values)]);
}

function graph(): Uint8Array {
  const g = new GraphBuilder({ name: 'g', precision: 'fp32', metadata: {}, outputs: ['y'] });
  const x = g.input('x', 'float32', [1, 2]);
  g.output('y', g.node('Relu', [x], { dtype: 'float32', shape: [1, 2] }));
  return g.finish();
}

const units = [Float32Array.of(0.6, 0.8, 0), Float32Array.of(0, 0, 1)];
const entry = { dtype: 'F32', shape: [24], data_offsets: [0, 96] };

const readers: readonly (readonly [string, Uint8Array, (bytes: ByteSource) => unknown])[] = [
  ...[0, 1, 2, 3].flatMap((shift) =>
    ([0, 6] as const).map(
      (level) =>
        [`a zip at level ${level}, moved by ${shift}`, zipOf(level, shift), allOf] as const,
    ),
  ),
  [
    'a zip as torch writes it',
    checkpointZip(dict({ a: tensor(whole) }), { 0: bytesOf(values) }),
    allOf,
  ],
  ['the old format', legacy, allOf],
  ...['a', 'bc', 'def', 'ghij'].map(
    (name) =>
      [`safetensors of "${name}"`, safetensors({ [name]: entry }, bytesOf(values)), allOf] as const,
  ),
  ['a .npy file', npy(), (bytes) => readNpy(bytes, 'x.npy')],
  ['a cohort', encodeCohort(units), (bytes) => decodeCohort(bytes, 3)],
  ['a graph', graph(), checkModel],
];

describe.each(readers)('%s', (_name, bytes, read) => {
  it('reads the same from every view of its bytes', () => {
    const expected = read(new Uint8Array(bytes));
    // The pool that small buffers come from holds other bytes than zeros.
    for (let i = 0; i < 8; i++) Buffer.from(randomBytes(1000));
    for (const [what, view] of views(bytes)) expect(read(view), what).toEqual(expected);
  });
});
