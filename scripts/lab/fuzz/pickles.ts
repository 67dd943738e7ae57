import { zipSync } from 'fflate';
import {
  bytesOf,
  call,
  dict,
  float,
  get,
  global,
  int,
  little,
  op,
  pickle,
  put,
  tensor,
  text,
  tuple,
} from '../../../src/checkpoint/checkpoint-files.fixture.js';
import { Random } from './random.js';

/** A file that is given to the reader of checkpoints. */
export interface FuzzedCheckpoint {
  /** How it was made: with the seed and the number it can be made again. */
  readonly kind: 'mutated' | 'grammar' | 'opcodes';
  readonly format: 'zip' | 'legacy' | 'damaged';
  readonly seed: number;
  readonly bytes: Uint8Array;
}

type Pickled = readonly number[];

const six = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));
const whole = { storage: '0', elements: 6, shape: [2, 3], strides: [3, 1] };

/** What real checkpoints hold, as the ground of mutations. */
const SOUND: readonly [Pickled, ...Pickled[]] = [
  dict({ a: tensor(whole), b: tensor({ ...whole, shape: [3], strides: [2] }) }),
  dict({ state_dict: dict({ 'model.a': tensor(whole), 'loss.w': tensor(whole) }), epoch: int(3) }),
  dict({
    model: dict({ a: tensor(whole) }),
    args: [...global('argparse', 'Namespace'), ...op.emptyTuple, ...op.newObject]
      .concat(dict({ lr: float(0.1) }))
      .concat(op.build),
    time: call('datetime', 'timedelta', int(0), int(3), int(0)),
    rng: call('_codecs', 'encode', text('\u00e9'), text('latin1')),
  }),
  dict({
    a: call('torch._utils', '_rebuild_parameter', tensor(whole), op.true, op.emptyDict),
    shape: call('torch', 'Size', tuple(int(1), int(2))),
    device: call('torch', 'device', text('cuda'), int(0)),
  }),
];

const NAMES: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ['collections', 'OrderedDict'],
  ['collections', 'defaultdict'],
  ['builtins', 'dict'],
  ['builtins', 'set'],
  ['builtins', 'getattr'],
  ['argparse', 'Namespace'],
  ['types', 'SimpleNamespace'],
  ['torch', 'Size'],
  ['torch', 'device'],
  ['torch', 'float32'],
  ['torch', 'complex64'],
  ['torch', 'FloatStorage'],
  ['torch', 'ComplexFloatStorage'],
  ['torch', 'UntypedStorage'],
  ['torch.nn.parameter', 'Parameter'],
  ['torch._utils', '_rebuild_tensor'],
  ['torch._utils', '_rebuild_tensor_v2'],
  ['torch._utils', '_rebuild_tensor_v3'],
  ['torch._utils', '_rebuild_parameter'],
  ['torch._utils', '_rebuild_parameter_with_state'],
  ['torch._utils', '_rebuild_sparse_tensor'],
  ['torch._tensor', '_rebuild_from_type_v2'],
  ['_codecs', 'encode'],
  ['numpy.core.multiarray', 'scalar'],
  ['os', 'system'],
  ['\u001b[2J', '__proto__'],
];

const OPCODES: readonly [number, ...number[]] = [
  0x80, 0x95, 0x28, 0x30, 0x31, 0x32, 0x4e, 0x88, 0x89, 0x4a, 0x4b, 0x4d, 0x8a, 0x8b, 0x47, 0x58,
  0x8c, 0x8d, 0x54, 0x55, 0x42, 0x43, 0x8e, 0x96, 0x5d, 0x61, 0x65, 0x29, 0x85, 0x86, 0x87, 0x74,
  0x7d, 0x73, 0x75, 0x8f, 0x90, 0x91, 0x71, 0x72, 0x94, 0x68, 0x6a, 0x63, 0x93, 0x52, 0x81, 0x92,
  0x62, 0x51, 0x2e,
];
const KEYS: readonly [string, ...string[]] = [
  ...[
    'model',
    'state_dict',
    'module',
    'a',
    'a.b',
    'net._orig_mod.a',
    '',
    '__proto__',
    'constructor',
  ],
  ...['loss.weight', '\u202e\u0000', 'x'.repeat(300)],
] as [string, ...string[]];

/** One checkpoint for each number; the same for the same seed. */
export function fuzzedCheckpoint(seed: number): FuzzedCheckpoint {
  const random = new Random(seed);
  const kind = random.pick<FuzzedCheckpoint['kind']>(['mutated', 'grammar', 'grammar', 'opcodes']);
  const body = Uint8Array.from(pickled(kind, random));
  const format = random.pick<FuzzedCheckpoint['format']>(['zip', 'zip', 'legacy', 'damaged']);
  return { kind, format, seed, bytes: wrapped(body, format, random) };
}

function pickled(kind: FuzzedCheckpoint['kind'], random: Random): number[] {
  if (kind === 'mutated') return mutate([...pickle(random.pick(SOUND))], random);
  if (kind === 'grammar') {
    const made = value(random, 0, { kept: 0, left: random.pick([3, 10, 200]) });
    return [...pickle(random.chance(0.7) ? dict({ a: tensor(whole), b: made }) : made)];
  }
  const length = random.below(80);
  return [0x80, random.pick([2, 4]), ...Array.from({ length }, () => opcode(random)).flat(), 0x2e];
}

/** Changes, losses, insertions and repetitions of bytes and opcodes. */
function mutate(bytes: number[], random: Random): number[] {
  const changed = [...bytes];
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(changed.length);
    const length = random.below(12);
    const change = random.below(6);
    if (change === 0) changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
    else if (change === 1) changed.splice(at, length);
    else if (change === 2) changed.splice(at, 0, ...random.bytes(length));
    else if (change === 3) changed.splice(at, 0, ...opcode(random));
    else if (change === 4) changed[at] = random.pick(OPCODES);
    else changed.splice(random.below(changed.length), 0, ...changed.slice(at, at + 60));
  }
  return changed;
}

/** What a pickler could have written, of values that no script would save. */
function value(random: Random, depth: number, state: { kept: number; left: number }): number[] {
  state.left -= 1;
  const leaf = depth > 5 || state.left <= 0;
  const inner = () => value(random, depth + 1, state);
  const some = () => Array.from({ length: random.below(5) }, inner);
  const made = (): Pickled => {
    switch (random.below(leaf ? 6 : 15)) {
      case 0:
        return int(random.pick([0, 1, -1, 6, 2 ** 31 - 1]));
      case 1:
        return text(random.pick(KEYS));
      case 2:
        return random.pick<Pickled>([op.none, op.true, op.false, float(Number.NaN)]);
      case 3:
        return state.kept === 0 ? op.none : get(random.below(Math.min(256, state.kept)));
      case 4:
        return global(...random.pick(NAMES));
      case 5:
        return tensor(tensorFixture(random));
      case 6:
        return [...op.emptyList, ...op.mark, ...some().flat(), ...op.appends];
      case 7:
        return tuple(...some());
      case 8:
      case 9:
        return dict(Object.fromEntries(some().map((item) => [random.pick(KEYS), item])));
      case 10:
        return [...op.emptyDict, ...op.mark, ...inner(), ...inner(), ...op.setItems];
      case 11:
        return [...global(...random.pick(NAMES)), ...tuple(...some()), ...op.newObject];
      case 12:
        return [...call(...random.pick(NAMES), ...some()), ...inner(), ...op.build];
      case 13:
        return [...inner(), ...op.persistent];
      default:
        return call(...random.pick(NAMES), ...some());
    }
  };
  const bytes = [...made()];
  if (state.kept < 256 && random.chance(0.3)) bytes.push(...put(state.kept++));
  return bytes;
}

function tensorFixture(random: Random) {
  const axes = random.below(4);
  const numbers = () => Array.from({ length: axes }, () => random.pick([0, 1, 2, 3, 6, 2 ** 30]));
  return {
    storage: random.pick(['0', '0', '1', '../version']),
    type: random.pick(['FloatStorage', 'HalfStorage', 'ComplexFloatStorage', 'UntypedStorage']),
    elements: random.pick([6, 6, 12, 24, 0]),
    offset: random.pick([0, 0, 1, 2 ** 30]),
    ...random.pick([
      { shape: [2, 3], strides: [3, 1] },
      { shape: numbers(), strides: numbers() },
    ]),
  };
}

/** An opcode with an argument that it could have. */
function opcode(random: Random): number[] {
  const code = random.pick(OPCODES);
  const length = random.pick([0, 1, 3, 200]);
  const sized = (bytes: number, most = 255) => [
    code,
    ...little(Math.min(length, most), bytes),
    ...random.bytes(Math.min(length, most)),
  ];
  if ([0x58, 0x54, 0x42, 0x8b].includes(code)) return sized(4);
  if ([0x8c, 0x55, 0x43, 0x8a].includes(code)) return sized(1);
  if ([0x8d, 0x8e, 0x96].includes(code)) return sized(8);
  if (code === 0x63) return [...global(...random.pick(NAMES))];
  if (code === 0x93) return [...random.pick(NAMES).flatMap(text), code];
  if ([0x4b, 0x71, 0x68].includes(code)) return [code, random.below(8)];
  if ([0x72, 0x6a].includes(code)) return [code, ...little(random.pick([0, 5, 2 ** 32 - 1]), 4)];
  if (code === 0x4a) return [...int(random.pick([-1, 0, 6, 2 ** 31 - 1]))];
  if (code === 0x4d) return [code, ...random.bytes(2)];
  if (code === 0x47 || code === 0x95) return [code, ...random.bytes(8)];
  return code === 0x80 ? [code, random.below(7)] : [code];
}

const MAGIC = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

function wrapped(body: Uint8Array, format: FuzzedCheckpoint['format'], random: Random): Uint8Array {
  if (format === 'legacy') {
    const head = [...pickle(MAGIC), ...pickle(int(1001)), ...pickle(op.none)];
    const keys = pickle([...op.emptyList, ...op.mark, ...text('0'), ...op.appends]);
    return Uint8Array.from([...head, ...body, ...keys, ...little(6, 8), ...six]);
  }
  const entries = { 'archive/data.pkl': body, 'archive/data/0': six };
  const bytes = zipSync(entries, { level: random.pick([0, 6]) });
  if (format === 'damaged') {
    for (let left = 1 + random.below(4); left > 0; left--) {
      bytes[random.below(bytes.length)] = random.below(256);
    }
  }
  return bytes;
}
