import { describe, expect, it } from 'vitest';
import { VoiceprintError } from '../errors.js';
import {
  bytesOf,
  checkpointZip,
  dict,
  float,
  global,
  int,
  little,
  op,
  pickle,
  tensor,
  text,
} from './checkpoint-files.fixture.js';
import { readCheckpoint } from './index.js';

function valuesOf(bytes: Uint8Array, key: string): number[] {
  const found = readCheckpoint(bytes).tensors.get(key);
  if (found === undefined) throw new Error(`no ${key}`);
  return [...found.float32()];
}

function failure(bytes: Uint8Array, limits = {}): VoiceprintError {
  try {
    for (const { float32 } of readCheckpoint(bytes, limits).tensors.values()) float32();
  } catch (error) {
    if (error instanceof VoiceprintError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}

const six = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));
const whole = { storage: '0', elements: 6, shape: [2, 3], strides: [3, 1] };

describe('tensors of a PyTorch checkpoint', () => {
  it('reads a plain state dict', () => {
    const checkpoint = readCheckpoint(
      checkpointZip(dict({ 'a.weight': tensor(whole) }), { 0: six }),
    );
    expect(checkpoint.format).toBe('pytorch');
    expect([...checkpoint.tensors.keys()]).toEqual(['a.weight']);
    expect(checkpoint.tensors.get('a.weight')).toMatchObject({ dtype: 'float32', shape: [2, 3] });
    expect([...(checkpoint.tensors.get('a.weight')?.float32() ?? [])]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('returns contiguous float32 values as a view, wherever the file starts', () => {
    const zip = checkpointZip(dict({ a: tensor(whole) }), { 0: six });
    for (const shift of [0, 1, 2, 3]) {
      const shifted = new Uint8Array(zip.length + 4).subarray(shift, shift + zip.length);
      shifted.set(zip);
      expect(valuesOf(shifted, 'a')).toEqual([0, 1, 2, 3, 4, 5]);
    }
  });

  it.each([
    ['a transposed view', { shape: [3, 2], strides: [1, 3] }, [0, 3, 1, 4, 2, 5]],
    ['an offset', { shape: [2, 2], strides: [2, 1], offset: 2 }, [2, 3, 4, 5]],
    ['a column', { shape: [2], strides: [3], offset: 1 }, [1, 4]],
    ['an expanded row', { shape: [2, 2, 2], strides: [3, 0, 1] }, [0, 1, 0, 1, 3, 4, 3, 4]],
    ['any stride of a size of one', { shape: [1, 6], strides: [99, 1] }, [0, 1, 2, 3, 4, 5]],
    ['a scalar', { shape: [], strides: [], offset: 5 }, [5]],
    ['no elements', { shape: [0, 3], strides: [3, 1] }, []],
  ])('follows %s', (_what, view, expected) => {
    const zip = checkpointZip(dict({ a: tensor({ ...whole, ...view }) }), { 0: six });
    expect(valuesOf(zip, 'a')).toEqual(expected);
  });

  it('lets tensors share a storage, compressed or not', () => {
    const root = dict({ a: tensor(whole), b: tensor({ ...whole, shape: [3], strides: [2] }) });
    for (const level of [0, 6] as const) {
      const zip = checkpointZip(root, { 0: six }, { level });
      expect(valuesOf(zip, 'a')).toEqual([0, 1, 2, 3, 4, 5]);
      expect(valuesOf(zip, 'b')).toEqual([0, 2, 4]);
    }
  });

  it.each([
    ['DoubleStorage', 'float64', bytesOf(Float64Array.of(0.1, -2)), [Math.fround(0.1), -2]],
    ['HalfStorage', 'float16', bytesOf(Uint16Array.of(0x3c00, 0x8001)), [1, -(2 ** -24)]],
    ['HalfStorage', 'float16', bytesOf(Uint16Array.of(0xfbff, 0x7c00)), [-65504, Infinity]],
    ['BFloat16Storage', 'bfloat16', bytesOf(Uint16Array.of(0x3f80, 0xc049)), [1, -3.140625]],
    ['LongStorage', 'int64', bytesOf(BigInt64Array.of(1000n, -(2n ** 40n))), [1000, -(2 ** 40)]],
    ['IntStorage', 'int32', bytesOf(Int32Array.of(7, -70000)), [7, -70000]],
    ['ShortStorage', 'int16', bytesOf(Int16Array.of(7, -700)), [7, -700]],
    ['CharStorage', 'int8', bytesOf(Int8Array.of(7, -7)), [7, -7]],
    ['ByteStorage', 'uint8', bytesOf(Uint8Array.of(7, 250)), [7, 250]],
    ['BoolStorage', 'bool', bytesOf(Uint8Array.of(0, 1)), [0, 1]],
  ])('converts %s', (type, dtype, bytes, expected) => {
    const view = { storage: '0', type, elements: 2, shape: [2], strides: [1] };
    const zip = checkpointZip(dict({ a: tensor(view) }), { 0: bytes });
    expect(readCheckpoint(zip).tensors.get('a')?.dtype).toBe(dtype);
    expect(valuesOf(zip, 'a')).toEqual(expected);
  });

  it('keeps NaN of float16 and bfloat16', () => {
    for (const [type, bits] of [
      ['HalfStorage', 0x7e00],
      ['BFloat16Storage', 0x7fc0],
    ] as const) {
      const view = { storage: '0', type, elements: 1, shape: [1], strides: [1] };
      const zip = checkpointZip(dict({ a: tensor(view) }), { 0: bytesOf(Uint16Array.of(bits)) });
      expect(valuesOf(zip, 'a')).toEqual([Number.NaN]);
    }
  });

  it('swaps the bytes of a big-endian checkpoint', () => {
    const big = new Uint8Array(8);
    new DataView(big.buffer).setFloat32(0, 1.5);
    new DataView(big.buffer).setFloat32(4, -2);
    const view = { storage: '0', elements: 2, shape: [2], strides: [1] };
    const root = dict({ a: tensor(view) });
    expect(valuesOf(checkpointZip(root, { 0: big }, { byteorder: 'big' }), 'a')).toEqual([1.5, -2]);
    expect(failure(checkpointZip(root, { 0: big }, { byteorder: 'middle' })).code).toBe(
      'checkpoint/malformed',
    );
  });
});

describe('what surrounds a state dict', () => {
  it('opens the wrapper of BEATs and keeps its cfg', () => {
    const cfg = dict({ encoder_layers: int(12), dropout: float(0.5), deep_norm: op.true });
    const zip = checkpointZip(dict({ cfg, model: dict({ a: tensor(whole) }) }), { 0: six });
    const { tensors, metadata, wrapping } = readCheckpoint(zip);
    expect([...tensors.keys()]).toEqual(['a']);
    expect(metadata).toEqual({ cfg: { encoder_layers: 12, dropout: 0.5, deep_norm: true } });
    expect(wrapping).toEqual({ keys: ['model'], prefix: '' });
  });

  it('takes the prefix of DataParallel off and says so', () => {
    const state = dict({ 'module.a': tensor(whole), 'module.b': tensor(whole) });
    const { tensors, wrapping } = readCheckpoint(
      checkpointZip(dict({ state_dict: state, epoch: int(3) }), { 0: six }),
    );
    expect([...tensors.keys()]).toEqual(['a', 'b']);
    expect(wrapping).toEqual({ keys: ['state_dict'], prefix: 'module.' });
  });

  it('joins the keys of dicts that are no known wrapper', () => {
    const root = dict({ encoder: dict({ a: tensor(whole) }), head: dict({ a: tensor(whole) }) });
    expect([...readCheckpoint(checkpointZip(root, { 0: six })).tensors.keys()]).toEqual([
      'encoder.a',
      'head.a',
    ]);
  });

  it('reads the attributes of a Namespace, and none of an OrderedDict', () => {
    const namespace = [
      ...global('argparse', 'Namespace'),
      ...op.emptyTuple,
      ...op.newObject,
      ...dict({ lr: float(0.1) }),
      ...op.build,
    ];
    const model = [
      ...global('collections', 'OrderedDict'),
      ...op.emptyTuple,
      ...op.reduce,
      ...op.mark,
      ...text('a'),
      ...tensor(whole),
      ...op.setItems,
      ...dict({ _metadata: dict({ version: int(1) }) }),
      ...op.build,
    ];
    const { tensors, metadata } = readCheckpoint(
      checkpointZip(dict({ args: namespace, model }), { 0: six }),
    );
    expect(metadata).toEqual({ args: { lr: 0.1 } });
    expect([...tensors.keys()]).toEqual(['a']);
  });

  it('keeps a key named __proto__ as an ordinary one', () => {
    const root = dict({ a: tensor(whole), ['__proto__']: dict({ polluted: op.true }) });
    const { metadata } = readCheckpoint(checkpointZip(root, { 0: six }));
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });
});

describe('refusals', () => {
  it.each([
    ['a view past its storage', { offset: 1 }],
    ['a stride past its storage', { strides: [4, 1] }],
    ['a negative stride', { strides: [-3, 1] }],
    ['a negative size', { shape: [-2, 3] }],
    ['fewer strides than sizes', { strides: [1] }],
    ['a storage that is not there', { storage: '7' }],
    ['a storage of another size', { elements: 5 }],
    ['a storage that leads out of its folder', { storage: '../version' }],
  ])('finds %s', (_what, change) => {
    const zip = checkpointZip(dict({ a: tensor({ ...whole, ...change }) }), { 0: six });
    expect(failure(zip).code).toBe('checkpoint/malformed');
  });

  it('does not allocate what a few bytes claim', () => {
    const view = { ...whole, shape: [2 ** 30, 2 ** 10], strides: [0, 0] };
    expect(failure(checkpointZip(dict({ a: tensor(view) }), { 0: six })).code).toBe(
      'checkpoint/limit',
    );
  });

  it.each([
    ['an empty stack', [0x30]],
    ['an unknown opcode', [0xff]],
    ['a protocol 0 opcode', [0x69, 0x0a]],
    ['a memo that was not set', [0x68, 9]],
    ['a mark that was not set', [0x74]],
    ['text past the end', [0x58, 0xff, 0xff, 0xff, 0x7f]],
    ['an endless integer', [0x8b, 0xff, 0xff, 0xff, 0x7f]],
    ['a size beyond 2^53', [0x8d, 255, 255, 255, 255, 255, 255, 255, 255]],
    ['a call of no function', [...int(1), ...op.emptyTuple, ...op.reduce]],
    ['attributes of a number', [...int(1), ...op.emptyDict, ...op.build]],
    ['items of a number', [...int(1), ...op.mark, ...op.setItems]],
    ['half an item', [...op.emptyDict, ...op.mark, ...int(1), ...op.setItems]],
    ['a pop below a mark', [...int(1), ...op.mark, 0x30]],
  ])('finds %s in a pickle', (_what, bytes) => {
    expect(failure(checkpointZip(bytes)).code).toBe('checkpoint/malformed');
  });

  it('cuts the metadata of nested lists that stand for billions of values', () => {
    // Each list holds the one before it twice: [[...], [...]].
    let bomb: number[] = [...op.emptyList];
    for (let i = 0; i < 30; i++) {
      bomb = [...bomb, 0x71, i, ...op.emptyList, ...op.mark, 0x68, i, 0x68, i, ...op.appends];
    }
    const root = dict({ a: tensor(whole), b: bomb });
    const { tensors, metadata } = readCheckpoint(checkpointZip(root, { 0: six }));
    expect([...tensors.keys()]).toEqual(['a']);
    expect(JSON.stringify(metadata).length).toBeLessThan(200_000);
  });

  it('stops at a dict that holds itself', () => {
    const self = [
      ...op.emptyDict,
      ...[0x71, 0],
      ...op.mark,
      ...text('model'),
      ...[0x68, 0],
      ...text('a'),
      ...tensor(whole),
      ...op.setItems,
    ];
    expect(failure(checkpointZip(self, { 0: six })).code).toBe('checkpoint/limit');
  });

  it.each([
    ['entries', { entries: 2 }],
    ['indexBytes', { indexBytes: 10 }],
    ['tensors', { tensors: 0 }],
    ['elements', { elements: 5 }],
    ['pickleBytes', { pickleBytes: 1000 }],
  ])('keeps the limit %s and names it', (name, limits) => {
    const zip = checkpointZip(dict({ a: tensor(whole) }), { 0: six });
    const error = failure(zip, limits);
    expect(error.code).toBe('checkpoint/limit');
    expect(error.message).toContain(`"${name}"`);
  });

  it.each([
    ['a number', int(3)],
    ['no tensors', dict({ epoch: int(3) })],
  ])('refuses a checkpoint of %s', (_what, root) => {
    expect(failure(checkpointZip(root)).code).toBe('checkpoint/unsupported');
  });
});

describe('the format before PyTorch 1.6', () => {
  const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  const legacy = (keys: readonly number[]) =>
    Uint8Array.from([
      ...pickle(magic),
      ...pickle(int(1001)),
      ...pickle(dict({ little_endian: op.true })),
      ...pickle(dict({ a: tensor({ ...whole, shape: [3, 2], strides: [1, 3] }) })),
      ...pickle(keys),
      ...little(6, 8),
      ...six,
    ]);

  it('is read too', () => {
    const bytes = legacy([...op.emptyList, ...op.mark, ...text('0'), ...op.appends]);
    expect(valuesOf(bytes, 'a')).toEqual([0, 3, 1, 4, 2, 5]);
    for (let end = 1; end < bytes.length; end += 3) {
      expect(failure(bytes.slice(0, end)).code).toMatch(/^checkpoint\//);
    }
  });

  it('is refused when storages are missing or unknown', () => {
    expect(failure(legacy(op.emptyList)).code).toBe('checkpoint/malformed');
    const unknown = [...op.emptyList, ...op.mark, ...text('9'), ...op.appends];
    expect(failure(legacy(unknown)).code).toBe('checkpoint/malformed');
  });
});
