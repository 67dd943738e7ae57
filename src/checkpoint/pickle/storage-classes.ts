import { ELEMENT_TYPES, type ElementType } from '../element-types.js';

const READ: ReadonlyMap<string, string> = new Map([
  ['FloatStorage', 'float32'],
  ['DoubleStorage', 'float64'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
  ['UntypedStorage', 'uint8'],
]);

/** Bytes of an element where it is not read but has to be passed over. */
const PASSED_OVER: ReadonlyMap<string, number> = new Map([
  ['ComplexFloatStorage', 8],
  ['ComplexDoubleStorage', 16],
  ['QInt8Storage', 1],
  ['QUInt8Storage', 1],
  ['QInt32Storage', 4],
]);

const STORAGE_CLASS = /^torch\.(?:cuda\.|storage\.)?(\w+Storage)$/;

/** Whether a dotted Python name is one of torch's storages. */
export function isStorageClass(full: string): boolean {
  return STORAGE_CLASS.test(full);
}

/** How the elements of a storage are read; undefined where they are not. */
export function elementTypeOf(full: string): ElementType | undefined {
  return ELEMENT_TYPES.get(READ.get(shortName(full)) ?? '');
}

/** Bytes of one element; undefined for storages that nothing is known of. */
export function elementBytes(full: string): number | undefined {
  return elementTypeOf(full)?.bytes ?? PASSED_OVER.get(shortName(full));
}

function shortName(full: string): string {
  return STORAGE_CLASS.exec(full)?.[1] ?? '';
}
