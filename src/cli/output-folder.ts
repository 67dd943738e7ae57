import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { VoiceprintError } from '../errors.js';

/**
 * Checks, before any long work, that a folder may be written.
 *
 * @throws VoiceprintError `cli/usage` when it is there, is not empty, and `force` is not set.
 */
export async function checkOutputFolder(folder: string, force: boolean): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return;
    throw new VoiceprintError('cli/usage', `cannot write to ${folder}; give a folder to --out`, {
      cause,
    });
  }
  if (names.length === 0 || force) return;
  throw new VoiceprintError(
    'cli/usage',
    `${folder} is not empty; give another --out, or --force to replace what is in it`,
  );
}

/**
 * Writes a folder of plain files whole or not at all: into a temporary sibling first, which then takes its place.
 * A folder that was there is moved aside and only removed when the new one stands.
 *
 * @throws VoiceprintError `cli/usage` when the place cannot be written; nothing is left behind.
 */
export async function writeOutputFolder(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
  force: boolean,
): Promise<void> {
  const target = resolve(folder);
  const tag = `.${basename(target)}.${randomBytes(4).toString('hex')}`;
  const written = join(dirname(target), `${tag}.new`);
  const replaced = join(dirname(target), `${tag}.old`);
  try {
    await makeFolder(written);
    for (const [name, bytes] of files) {
      await writeFile(join(written, name), bytes);
    }
    await checkOutputFolder(target, force);
    const existed = await rename(target, replaced).then(
      () => true,
      (cause: unknown) => {
        if (errorCode(cause) === 'ENOENT') return false;
        throw cause;
      },
    );
    try {
      await rename(written, target);
    } catch (cause) {
      if (existed) await rename(replaced, target);
      throw cause;
    }
    await rm(replaced, { recursive: true, force: true });
  } catch (cause) {
    await rm(written, { recursive: true, force: true });
    if (cause instanceof VoiceprintError) throw cause;
    throw new VoiceprintError(
      'cli/usage',
      `cannot write ${folder} (${errorCode(cause)}); check the path, its permissions and the space left`,
      { cause },
    );
  }
}

/** With its parents. Node's own `recursive` never returns for a folder that /proc refuses to make. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    const parent = dirname(folder);
    if (errorCode(cause) !== 'ENOENT' || parent === folder) throw cause;
    await makeFolder(parent).catch((failure: unknown) => {
      if (errorCode(failure) !== 'EEXIST') throw failure;
    });
    await mkdir(folder);
  }
}

/** The code of a system error, such as `ENOENT`. */
export function errorCode(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'unknown error';
}
