import { asBytes, type ByteSource } from '../bytes.js';
import { ELEMENT_TYPES } from '../checkpoint/element-types.js';
import { VoiceprintError } from '../errors.js';
import { packHalf } from '../onnx/weights.js';

const BYTES_PER_VALUE = 2;

/**
 * The bytes of a cohort file: one embedding per speaker, speaker after speaker, as little-endian
 * IEEE 754 halves. Half precision moves a cosine by less than 1e-4.
 *
 * @param units - Each of length 1, so that every value fits a half.
 */
export function encodeCohort(units: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const values = new Float32Array(units.reduce((sum, unit) => sum + unit.length, 0));
  let at = 0;
  for (const unit of units) {
    values.set(unit, at);
    at += unit.length;
  }
  return new Uint8Array(packHalf(values) ?? new Uint8Array());
}

/**
 * The embeddings of a cohort file.
 *
 * @throws VoiceprintError `model/malformed` when the file does not hold whole embeddings, or holds
 *   values that are not finite.
 */
export function decodeCohort(source: ByteSource, embeddingSize: number): readonly Float32Array[] {
  const bytes = asBytes(source);
  const speakers = bytes.length / (embeddingSize * BYTES_PER_VALUE);
  const half = ELEMENT_TYPES.get('float16');
  if (!Number.isInteger(speakers) || speakers < 2 || half === undefined) {
    throw malformed(
      `is ${bytes.length} bytes, no whole number of embeddings of ${embeddingSize} halves`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: speakers }, (_, speaker) => {
    const embedding = Float32Array.from({ length: embeddingSize }, (_, i) =>
      half.read(view, (speaker * embeddingSize + i) * BYTES_PER_VALUE, true),
    );
    if (!embedding.every(Number.isFinite)) {
      throw malformed(`holds values that are not finite (speaker ${speaker + 1})`);
    }
    return embedding;
  });
}

function malformed(what: string): VoiceprintError {
  return new VoiceprintError(
    'model/malformed',
    `the cohort's file ${what}; make it again with "voiceprint calibrate --cohort"`,
  );
}
