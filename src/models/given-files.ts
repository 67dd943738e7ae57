import { VoiceprintError } from '../errors.js';

/**
 * A model folder held in memory: `manifest.json` and the files it names, such as
 * `convertCheckpoint` of `voiceprint-web/convert` returns. Blobs reach the worker without a copy.
 */
export interface ModelFiles {
  /** By their paths in the model folder. */
  readonly files: ReadonlyMap<string, Uint8Array | Blob>;
}

/** Whether a model is given as files rather than by a name or an address. */
export function isModelFiles(source: string | URL | ModelFiles): source is ModelFiles {
  return typeof source === 'object' && 'files' in source;
}

/**
 * The bytes of one file of a model that is held in memory.
 *
 * @throws VoiceprintError `model/unavailable` when it is not among them.
 */
export async function readGivenFile(
  { files }: ModelFiles,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = files.get(path);
  if (file === undefined) {
    throw new VoiceprintError(
      'model/unavailable',
      `the model's files (${[...files.keys()].join(', ') || 'none'}) lack "${path}"; give the whole folder`,
    );
  }
  if (file instanceof Blob) return new Uint8Array(await file.arrayBuffer());
  const { buffer } = file;
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, file.byteOffset, file.byteLength)
    : new Uint8Array(file);
}
