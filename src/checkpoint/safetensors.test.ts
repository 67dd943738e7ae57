import { describe, expect, it } from 'vitest';
import { VoiceprintError } from '../errors.js';
import { bytesOf, safetensors } from './checkpoint-files.fixture.js';
import { readCheckpoint } from './index.js';

function failure(bytes: Uint8Array, limits = {}): VoiceprintError {
  try {
    readCheckpoint(bytes, limits);
  } catch (error) {
    if (error instanceof VoiceprintError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}

const values = bytesOf(Float32Array.of(1, 2, 3));
const a = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const b = { dtype: 'F32', shape: [], data_offsets: [8, 12] };

describe('safetensors', () => {
  it('reads tensors in the order of the header, and metadata', () => {
    const file = safetensors({ __metadata__: { format: 'pt' }, b, a }, values);
    const checkpoint = readCheckpoint(file);
    expect(checkpoint.format).toBe('safetensors');
    expect([...checkpoint.tensors.keys()]).toEqual(['b', 'a']);
    expect([...(checkpoint.tensors.get('a')?.float32() ?? [])]).toEqual([1, 2]);
    expect([...(checkpoint.tensors.get('b')?.float32() ?? [])]).toEqual([3]);
    expect(checkpoint.metadata).toEqual({ format: 'pt' });
  });

  it.each([
    ['F16', bytesOf(Uint16Array.of(0x3c00)), 1],
    ['BF16', bytesOf(Uint16Array.of(0x4000)), 2],
    ['F64', bytesOf(Float64Array.of(0.5)), 0.5],
    ['I64', bytesOf(BigInt64Array.of(-9n)), -9],
    ['BOOL', Uint8Array.of(1), 1],
  ])('converts %s', (dtype, bytes, expected) => {
    const file = safetensors({ a: { dtype, shape: [1], data_offsets: [0, bytes.length] } }, bytes);
    expect([...(readCheckpoint(file).tensors.get('a')?.float32() ?? [])]).toEqual([expected]);
  });

  it.each([
    ['an overlap', { a, b: { ...b, data_offsets: [4, 8] } }],
    ['a hole', { a: { ...a, shape: [1], data_offsets: [0, 4] }, b }],
    ['values past the end', { a, b: { ...b, data_offsets: [12, 16] } }],
    ['values that nothing describes', { a }],
    ['a size that is not the shape', { a: { ...a, shape: [3] }, b }],
    ['offsets in the wrong order', { a: { ...a, data_offsets: [8, 0] }, b }],
    ['a negative size', { a: { ...a, shape: [-2] }, b }],
    ['a fraction', { a: { ...a, shape: [2.5] }, b }],
    ['a missing field', { a: { dtype: 'F32' }, b }],
    ['metadata that is no text', { __metadata__: { epoch: 3 }, a, b }],
    ['no object', '[1]   '],
    ['no JSON', '{"a": '],
    ['brackets without end', `{"a":${'['.repeat(100_000)}`],
  ])('finds %s', (_what, header) => {
    expect(failure(safetensors(header, values)).code).toBe('checkpoint/malformed');
  });

  it('names a type that it does not read', () => {
    const error = failure(safetensors({ a: { ...a, dtype: 'F8_E4M3' } }, values));
    expect(error.code).toBe('checkpoint/unsupported');
    expect(error.message).toContain('F8_E4M3');
  });

  it('keeps its limits', () => {
    expect(failure(safetensors({ a, b }, values), { tensors: 1 }).code).toBe('checkpoint/limit');
    expect(failure(safetensors({ a, b }, values), { indexBytes: 20 }).code).toBe(
      'checkpoint/limit',
    );
  });

  it('fails the same way wherever it is cut off', () => {
    const file = safetensors({ a, b }, values);
    for (let end = 0; end < file.length; end++) {
      expect(failure(file.slice(0, end)).code).toBe('checkpoint/malformed');
    }
  });
});

describe('other files', () => {
  it.each([
    ['nothing', '', 'checkpoint/malformed', /empty/],
    ['a web page', '<!doctype html>', 'checkpoint/malformed', /web page/],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1',
      'checkpoint/malformed',
      /LFS/,
    ],
    ['text', 'hello there', 'checkpoint/malformed', /neither/],
    ['a gzip', '\u001f\u008b', 'checkpoint/unsupported', /gunzip/],
    ['a tar', `${'x'.repeat(257)}ustar`, 'checkpoint/unsupported', /tar archive/],
    ['a bare pickle', '\u0080\u0002}.', 'checkpoint/unsupported', /state_dict/],
    ['a graph', '\u0008\u0009', 'checkpoint/unsupported', /ONNX/],
  ])('%s is told apart', (_what, content, code, message) => {
    const error = failure(Uint8Array.from(content, (character) => character.charCodeAt(0)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});
