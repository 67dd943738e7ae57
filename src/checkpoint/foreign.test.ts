import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  call,
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
  tuple,
} from './checkpoint-files.fixture.js';
import { readCheckpoint } from './index.js';

const six = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));
const whole = { storage: '0', elements: 6, shape: [2, 3], strides: [3, 1] };

/** An object made without a call of its class, as dataclasses are, and its attributes. */
const object = (module: string, name: string, state: readonly number[]) => [
  ...global(module, name),
  ...op.emptyTuple,
  ...op.newObject,
  ...state,
  ...op.build,
];
/** A subclass of dict or list. */
const filled = (module: string, name: string, items: readonly number[]) => [
  ...global(module, name),
  ...op.emptyTuple,
  ...op.reduce,
  ...op.mark,
  ...items,
];

const foreign: readonly (readonly [string, readonly number[]])[] = [
  ['datetime.datetime', call('datetime', 'datetime', text('\u0007\u00e8\u0001'))],
  ['datetime.timedelta', call('datetime', 'timedelta', int(0), int(3), int(0))],
  ['pathlib.PosixPath', call('pathlib', 'PosixPath', text('/'), text('exp'))],
  ['builtins.complex', call('builtins', 'complex', float(1), float(2))],
  ['builtins.range', call('builtins', 'range', int(0), int(3), int(1))],
  ['my.Colour', call('my', 'Colour', int(1))],
  ['decimal.Decimal', call('decimal', 'Decimal', text('0.1'))],
  [
    'numpy.core.multiarray._reconstruct',
    [
      ...call('numpy.core.multiarray', '_reconstruct', global('numpy', 'ndarray'), tuple(int(0))),
      ...tuple(int(1), tuple(int(2)), call('numpy', 'dtype', text('f4')), op.false, text('abcd')),
      ...op.build,
    ],
  ],
  ['collections.Counter', call('collections', 'Counter', dict({ a: int(1) }))],
  [
    'collections.defaultdict',
    [
      ...call('collections', 'defaultdict', global('builtins', 'list')),
      ...op.mark,
      ...text('a'),
      ...int(1),
      ...op.setItems,
    ],
  ],
  [
    'pytorch_lightning.utilities.parsing.AttributeDict',
    [
      ...filled('pytorch_lightning.utilities.parsing', 'AttributeDict', [...text('a'), ...int(1)]),
      ...op.setItems,
    ],
  ],
  ['my.Items', [...filled('my', 'Items', int(1)), ...op.appends]],
  ['omegaconf.dictconfig.DictConfig', object('omegaconf.dictconfig', 'DictConfig', dict({}))],
  [
    'pyannote.audio.core.task.Specifications',
    object(
      'pyannote.audio.core.task',
      'Specifications',
      dict({ problem: call('pyannote.audio.core.task', 'Problem', int(3)) }),
    ),
  ],
  ['torch.torch_version.TorchVersion', call('torch.torch_version', 'TorchVersion', text('2.0'))],
  ['os.system', call('os', 'system', text('rm -rf /'))],
  [
    'builtins.getattr',
    [...call('builtins', 'getattr', text('a'), text('b')), ...op.emptyTuple, ...op.reduce],
  ],
  ['torch.nn.modules.conv.Conv1d', object('torch.nn.modules.conv', 'Conv1d', dict({}))],
];

describe('objects of classes that are not known', () => {
  it.each(foreign)('%s is passed over and named', (name, bytes) => {
    const zip = checkpointZip(dict({ a: tensor(whole), b: bytes, c: int(7) }), { 0: six });
    const checkpoint = readCheckpoint(zip);
    expect([...(checkpoint.tensors.get('a')?.float32() ?? [])]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(checkpoint.metadata).toEqual({ b: `<${name}>`, c: 7 });
    expect(checkpoint.foreign).toContain(name);
  });

  it('names none where there is none', () => {
    const zip = checkpointZip(
      dict({ a: tensor(whole), size: call('torch', 'Size', tuple(int(2))) }),
      {
        0: six,
      },
    );
    expect(readCheckpoint(zip)).toMatchObject({ foreign: [], metadata: { size: [2] } });
  });

  it('are as little called in other protocols', () => {
    const [module, name] = ['datetime', 'timedelta'].map((part) => [
      0x8c,
      part.length,
      ...text(part).slice(5),
    ]);
    const bytes = [
      ...(module ?? []),
      ...(name ?? []),
      0x93,
      0x94,
      ...tuple(int(1)),
      0x94,
      ...op.reduce,
      0x94,
    ];
    const root = dict({ a: tensor(whole), b: bytes });
    expect(readCheckpoint(checkpointZip(root, { 0: six })).metadata).toEqual({
      b: '<datetime.timedelta>',
    });
  });
});

describe('tensors that depend on such an object', () => {
  const rebuilt = (...args: readonly (readonly number[])[]) =>
    call('torch._utils', '_rebuild_parameter', ...args);
  it.each([
    ['my.Tensor', rebuilt(call('my', 'Tensor', int(1)), op.true, op.emptyDict)],
    ['torch.ComplexFloatStorage', tensor({ ...whole, type: 'ComplexFloatStorage' })],
    [
      'my.Subclass',
      call(
        'torch._tensor',
        '_rebuild_from_type_v2',
        global('torch._utils', '_rebuild_tensor_v2'),
        global('my', 'Subclass'),
        op.emptyTuple,
        op.emptyDict,
      ),
    ],
    ['torch._utils._rebuild_sparse_tensor', call('torch._utils', '_rebuild_sparse_tensor', int(1))],
  ])('%s: that one is refused when its values are asked for', (name, bytes) => {
    const { tensors } = readCheckpoint(
      checkpointZip(dict({ a: tensor(whole), b: bytes }), { 0: six }),
    );
    expect(tensors.get('a')?.float32()).toHaveLength(6);
    expect(tensors.get('b')?.dtype).toBe('unreadable');
    expect(() => tensors.get('b')?.float32()).toThrow(
      expect.objectContaining({
        code: 'checkpoint/unsupported',
        message: expect.stringContaining(`"b" depends on ${name}`),
      }),
    );
  });

  it('reads a parameter with attributes', () => {
    const args = tensor(whole).slice(global('torch._utils', '_rebuild_tensor_v2').length, -1);
    const bytes = call(
      'torch._tensor',
      '_rebuild_from_type_v2',
      global('torch._utils', '_rebuild_tensor_v2'),
      global('torch.nn.parameter', 'Parameter'),
      args,
      op.emptyDict,
    );
    const { tensors, foreign } = readCheckpoint(checkpointZip(dict({ a: bytes }), { 0: six }));
    expect([...(tensors.get('a')?.float32() ?? [])]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(foreign).toEqual([]);
  });

  it.each([
    ['a whole module', object('torch.nn.modules.container', 'Sequential', dict({}))],
    ['one under a key', dict({ model: object('torch.nn.modules.conv', 'Conv1d', dict({})) })],
  ])('says of %s how to save it', (_what, root) => {
    expect(() => readCheckpoint(checkpointZip(root))).toThrow(/whole module.*state_dict/);
  });
});

describe('the format before PyTorch 1.6', () => {
  const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  const keys = (...names: readonly string[]) => [
    ...op.emptyList,
    ...op.mark,
    ...names.flatMap(text),
    ...op.appends,
  ];
  /** Protocol 4 puts a frame around what is longer than 3 bytes. */
  const framed = (value: readonly number[]) => [
    ...[0x80, 4, 0x95],
    ...little(value.length + 1, 8),
    ...value,
    ...op.stop,
  ];

  it('is known in protocol 4', () => {
    const bytes = Uint8Array.from([
      ...framed(magic),
      ...framed(int(1001)),
      ...framed(dict({ little_endian: op.true })),
      ...framed(dict({ a: tensor(whole) })),
      ...framed(keys('0')),
      ...little(6, 8),
      ...six,
    ]);
    expect([...(readCheckpoint(bytes).tensors.get('a')?.float32() ?? [])]).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
  });

  it('passes over storages whose elements are not read', () => {
    const complex = { ...whole, storage: '1', type: 'ComplexFloatStorage' };
    const bytes = Uint8Array.from([
      ...pickle(magic),
      ...pickle(int(1001)),
      ...pickle(op.none),
      ...pickle(dict({ b: tensor(complex), a: tensor(whole) })),
      ...pickle(keys('1', '0')),
      ...[...little(6, 8), ...new Uint8Array(48)],
      ...[...little(6, 8), ...six],
    ]);
    expect([...(readCheckpoint(bytes).tensors.get('a')?.float32() ?? [])]).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
  });
});
