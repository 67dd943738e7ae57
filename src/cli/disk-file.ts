import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteFile } from '../checkpoint/index.js';
import { VoiceprintError } from '../errors.js';
import { errorCode } from '../models/output-folder.js';

/** A file on disk, read piece by piece until it is closed. */
export class DiskFile implements ByteFile {
  readonly size: number;
  readonly #path: string;
  readonly #descriptor: number;

  /** @throws VoiceprintError `cli/usage` that names the path. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#descriptor = openSync(path, 'r');
      const found = fstatSync(this.#descriptor);
      if (found.isDirectory()) {
        closeSync(this.#descriptor);
        throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
      }
      this.size = found.size;
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }

  read(start: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let filled = 0;
    try {
      while (filled < length) {
        const read = readSync(this.#descriptor, bytes, filled, length - filled, start + filled);
        if (read === 0) break;
        filled += read;
      }
    } catch (cause) {
      throw unreadable(this.#path, cause);
    }
    return bytes.subarray(0, filled);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function unreadable(path: string, cause: unknown): VoiceprintError {
  return new VoiceprintError(
    'cli/usage',
    `cannot read ${path} (${errorCode(cause)}); check the path`,
    { cause },
  );
}
