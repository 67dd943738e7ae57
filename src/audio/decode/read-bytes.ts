import { VoiceprintError } from '../../errors.js';
import { aborted } from '../../lifetime/ended.js';
import type { DecodeOptions } from '../limits.js';

/**
 * The bytes of an encoded file.
 *
 * @param source - A Blob or File, bytes, or the address of a file (`https:`, `data:`, `blob:`,
 * or relative to the page).
 * @throws VoiceprintError `audio/undecodable` when it cannot be fetched or is empty,
 * `audio/too-long` above the size limit, `aborted` when `signal` aborts.
 */
export async function readBytes(
  source: Blob | URL | string | ArrayBuffer | Uint8Array,
  { maximumBytes, signal }: Required<Pick<DecodeOptions, 'maximumBytes'>> & DecodeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await bytesOf(source, maximumBytes, signal);
  checkSize(bytes.byteLength, maximumBytes);
  if (bytes.byteLength === 0) {
    throw new VoiceprintError('audio/undecodable', 'the audio file is empty (0 bytes)');
  }
  return bytes;
}

async function bytesOf(
  source: Blob | URL | string | ArrayBuffer | Uint8Array,
  maximumBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  if (source instanceof Uint8Array) return new Uint8Array(source);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof source === 'string' || source instanceof URL) {
    return download(source, maximumBytes, signal);
  }
  checkSize(source.size, maximumBytes);
  try {
    return new Uint8Array(await source.arrayBuffer());
  } catch (cause) {
    throw new VoiceprintError(
      'audio/undecodable',
      'the audio file can no longer be read; choose it again',
      { cause },
    );
  }
}

async function download(
  address: URL | string,
  maximumBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const shown = String(address).slice(0, 120);
  try {
    const response = await fetch(address, { signal: signal ?? null });
    if (!response.ok) {
      throw new VoiceprintError(
        'audio/undecodable',
        `${shown} answered with status ${response.status}; check the address`,
      );
    }
    checkSize(Number(response.headers.get('content-length') ?? 0), maximumBytes);
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    if (cause instanceof VoiceprintError) throw cause;
    if (signal?.aborted) {
      throw aborted(`the download of ${shown} was stopped`, cause);
    }
    throw new VoiceprintError(
      'audio/undecodable',
      `cannot fetch ${shown}; check the address, the connection and CORS`,
      { cause },
    );
  }
}

function checkSize(bytes: number, maximumBytes: number): void {
  if (bytes > maximumBytes) {
    throw new VoiceprintError(
      'audio/too-long',
      `the audio file has ${bytes} bytes, above the limit of ${maximumBytes}; cut it, or raise maximumBytes`,
    );
  }
}
