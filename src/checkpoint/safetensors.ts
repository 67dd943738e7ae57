import * as v from 'valibot';
import { elementCount, type Tensor } from '../tensor.js';
import { type ByteFile, readRange } from './byte-file.js';
import { ByteReader } from './byte-reader.js';
import type { ReadContents } from './contents.js';
import { plainKey } from './contents.js';
import { ELEMENT_TYPES } from './element-types.js';
import { malformed, overLimit, unsupported } from './failures.js';
import type { CheckpointLimits } from './limits.js';
import { rowMajorStrides, stridedTensor } from './strided-tensor.js';

const DTYPES: ReadonlyMap<string, string> = new Map([
  ['F32', 'float32'],
  ['F64', 'float64'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const entrySchema = v.object({
  dtype: v.string(),
  shape: v.array(size),
  data_offsets: v.tuple([size, size]),
});
const headerSchema = v.record(v.string(), v.unknown());
const metadataSchema = v.record(v.string(), v.string());

const WHAT = 'The safetensors file';
const LENGTH_BYTES = 8;
const BRACE = 0x7b;

/** Whether the bytes look like safetensors: a header length that fits, then a JSON object. */
export function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > LENGTH_BYTES && bytes[LENGTH_BYTES] === BRACE;
}

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors, "Format"): the length of a
 * JSON header, the header, then the values, without holes or overlaps.
 */
export function readSafetensors(file: ByteFile, limits: CheckpointLimits): ReadContents {
  const start = new ByteReader(readRange(file, 0, LENGTH_BYTES, WHAT), WHAT);
  const headerBytes = start.uint64();
  if (headerBytes > limits.indexBytes) {
    throw overLimit('The header has bytes', headerBytes, limits.indexBytes, 'indexBytes');
  }
  const reader = new ByteReader(readRange(file, LENGTH_BYTES, headerBytes, WHAT), WHAT);
  const header = parseHeader(reader.text(headerBytes));
  const valuesAt = LENGTH_BYTES + headerBytes;
  const values: Values = {
    length: file.size - valuesAt,
    read: (begin, end) => readRange(file, valuesAt + begin, end - begin, WHAT),
  };
  const tensors = new Map<string, Tensor>();
  const ranges: Range[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, described] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = parseMetadata(described);
      continue;
    }
    if (tensors.size >= limits.tensors) {
      throw overLimit('The file holds tensors', tensors.size + 1, limits.tensors, 'tensors');
    }
    const { tensor, range } = readEntry(name, described, values, limits);
    const plain = plainKey(name);
    tensors.set(tensors.has(plain) ? name : plain, tensor);
    ranges.push(range);
  }
  checkRanges(ranges, values.length);
  const contents = {
    tensors,
    dicts: new Set<string>(),
    metadata: new Map(Object.entries(metadata)),
  };
  return { contents, foreign: [] };
}

/** What follows the header. */
interface Values {
  readonly length: number;
  readonly read: (begin: number, end: number) => Uint8Array;
}

interface Range {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

function parseHeader(text: string): Record<string, unknown> {
  try {
    return v.parse(headerSchema, JSON.parse(text));
  } catch (cause) {
    throw malformed('The safetensors header is not a JSON object', cause);
  }
}

function parseMetadata(described: unknown): Record<string, string> {
  const result = v.safeParse(metadataSchema, described);
  if (!result.success) throw malformed('The safetensors field "__metadata__" holds more than text');
  return result.output;
}

function readEntry(
  name: string,
  described: unknown,
  values: Values,
  limits: CheckpointLimits,
): { tensor: Tensor; range: Range } {
  const result = v.safeParse(entrySchema, described);
  if (!result.success) {
    const field = v.getDotPath(result.issues[0]) ?? 'entry';
    throw malformed(`The safetensors header describes "${name}" with a wrong "${field}"`);
  }
  const { dtype, shape } = result.output;
  const [begin, end] = result.output.data_offsets;
  const elementType = ELEMENT_TYPES.get(DTYPES.get(dtype) ?? '');
  if (elementType === undefined) {
    throw unsupported(
      `Tensor "${name}" has the type ${dtype.slice(0, 40)}, which is not read`,
      `Convert it to one of ${[...DTYPES.keys()].join(', ')} before saving.`,
    );
  }
  if (end > values.length || end - begin !== elementCount(shape) * elementType.bytes) {
    throw malformed(
      `Tensor "${name}" of ${dtype} [${shape.join(', ')}] is said to lie at bytes ${begin} to ${end} of ${values.length}`,
    );
  }
  const tensor = stridedTensor(
    {
      name,
      elementType,
      shape,
      strides: rowMajorStrides(shape),
      offset: 0,
      elements: elementCount(shape),
      littleEndian: true,
      bytes: () => values.read(begin, end),
    },
    limits,
  );
  return { tensor, range: { name, begin, end } };
}

function checkRanges(ranges: readonly Range[], length: number): void {
  let position = 0;
  for (const { name, begin, end } of ranges.toSorted(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    if (begin !== position) {
      throw malformed(
        `Tensor "${name}" starts at byte ${begin}, the one before it ends at ${position}`,
      );
    }
    position = end;
  }
  if (position !== length) {
    throw malformed(`The safetensors file has ${length} bytes of values, its header ${position}`);
  }
}
