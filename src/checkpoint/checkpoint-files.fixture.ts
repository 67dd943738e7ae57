import { type Zippable, zipSync } from 'fflate';

/** Assembles pickles byte by byte, for tests: values of protocol 2 and raw opcodes. */
export const op = {
  mark: [0x28],
  stop: [0x2e],
  reduce: [0x52],
  build: [0x62],
  emptyTuple: [0x29],
  emptyDict: [0x7d],
  emptyList: [0x5d],
  setItems: [0x75],
  appends: [0x65],
  tuple: [0x74],
  newObject: [0x81],
  persistent: [0x51],
  none: [0x4e],
  false: [0x89],
  true: [0x88],
  duplicate: [0x32],
  pop: [0x30],
} as const;

/** BINPUT and BINGET: keeps the top of the stack under a number, and recalls it. */
export const put = (index: number) => [0x71, index];
export const get = (index: number) => [0x68, index];

/** A call of a class or function. */
export function call(module: string, name: string, ...args: readonly (readonly number[])[]) {
  return [...global(module, name), ...tuple(...args), ...op.reduce];
}

function protocol(version = 2): number[] {
  return [0x80, version];
}

export function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return [0x58, ...little(bytes.length, 4), ...bytes];
}

export function int(value: number): number[] {
  return [0x4a, ...little(value, 4)];
}

export function float(value: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return [0x47, ...bytes];
}

export function global(module: string, name: string): number[] {
  return [0x63, ...new TextEncoder().encode(`${module}\n${name}\n`)];
}

export function tuple(...items: readonly (readonly number[])[]): number[] {
  return [...op.mark, ...items.flat(), ...op.tuple];
}

export function dict(entries: Readonly<Record<string, readonly number[]>>): number[] {
  const items = Object.entries(entries).flatMap(([key, value]) => [...text(key), ...value]);
  return [...op.emptyDict, ...op.mark, ...items, ...op.setItems];
}

export interface TensorFixture {
  readonly storage: string;
  readonly type?: string;
  /** Elements of the storage. */
  readonly elements: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
}

/** A call of `torch._utils._rebuild_tensor_v2`. */
export function tensor(fixture: TensorFixture): number[] {
  const { storage, type = 'FloatStorage', elements, shape, strides, offset = 0 } = fixture;
  const id = tuple(
    text('storage'),
    global('torch', type),
    text(storage),
    text('cpu'),
    int(elements),
  );
  return [
    ...global('torch._utils', '_rebuild_tensor_v2'),
    ...tuple(
      [...id, ...op.persistent],
      int(offset),
      tuple(...shape.map(int)),
      tuple(...strides.map(int)),
      op.false,
      [...global('collections', 'OrderedDict'), ...op.emptyTuple, ...op.reduce],
    ),
    ...op.reduce,
  ];
}

export function pickle(value: readonly number[]): Uint8Array {
  return Uint8Array.from([...protocol(), ...value, ...op.stop]);
}

/** The zip that `torch.save` would write around a pickle. */
export function checkpointZip(
  root: readonly number[],
  storages: Readonly<Record<string, Uint8Array>> = {},
  options: { readonly byteorder?: string; readonly level?: 0 | 6 } = {},
): Uint8Array {
  const entries: Zippable = { 'archive/data.pkl': pickle(root) };
  if (options.byteorder !== undefined) {
    entries['archive/byteorder'] = new TextEncoder().encode(options.byteorder);
  }
  for (const [key, bytes] of Object.entries(storages)) entries[`archive/data/${key}`] = bytes;
  entries['archive/version'] = new TextEncoder().encode('3\n');
  return zipSync(entries, { level: options.level ?? 0 });
}

/** The bytes of numbers, in the order of this machine. */
export function bytesOf(values: { readonly buffer: ArrayBufferLike }): Uint8Array {
  return new Uint8Array(values.buffer);
}

export function little(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) =>
    Number(BigInt.asUintN(8, BigInt(value) >> BigInt(8 * i))),
  );
}

/** A safetensors file of a header and its values. */
export function safetensors(header: unknown, values: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === 'string' ? header : JSON.stringify(header),
  );
  return Uint8Array.from([...little(json.length, 8), ...json, ...values]);
}
