import { randomBytes } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { VoiceprintError } from '../errors.js';
import { parseManifest } from './manifest.js';

/**
 * Checks, before any long work, that a folder may be written.
 *
 * @param force - Replace a model folder that is there. It never replaces anything else: a slip of
 *   the hand (`--out . --force`) must not cost a home folder.
 * @throws VoiceprintError `cli/usage` when it is there, is not empty, and may not be replaced, or
 *   when there is no permission to write it.
 */
export async function checkOutputFolder(folder: string, force: boolean): Promise<void> {
  if (folder.trim() === '') {
    throw new VoiceprintError('cli/usage', '--out is empty; give the folder to write');
  }
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return checkWritable(folder);
    throw new VoiceprintError('cli/usage', `cannot write to ${folder}; give a folder to --out`, {
      cause,
    });
  }
  await checkWritable(folder);
  if (entries.length === 0) return;
  if (!force) {
    throw new VoiceprintError(
      'cli/usage',
      `${folder} is not empty; give another --out, or --force to replace the model in it`,
    );
  }
  const foreign = await foreignEntry(folder, entries);
  if (foreign === undefined) return;
  throw new VoiceprintError(
    'cli/usage',
    `${folder} holds ${foreign}, which is no part of a model; --force replaces model folders only: give another --out`,
  );
}

/** The first entry that would be lost without being replaced. */
async function foreignEntry(
  folder: string,
  entries: readonly Dirent[],
): Promise<string | undefined> {
  const ours = new Set(['manifest.json', 'README.md']);
  try {
    const json: unknown = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    for (const { path } of Object.values(parseManifest(json).files)) ours.add(path);
  } catch {
    return entries[0]?.name;
  }
  return entries.find((entry) => !entry.isFile() || !ours.has(entry.name))?.name;
}

/** A folder is put in place by renaming, so what counts is the nearest folder above it. */
async function checkWritable(folder: string): Promise<void> {
  let parent = dirname(resolve(folder));
  for (;;) {
    try {
      await access(parent, constants.W_OK | constants.X_OK);
      return;
    } catch (cause) {
      if (errorCode(cause) !== 'ENOENT' || dirname(parent) === parent) {
        throw new VoiceprintError(
          'cli/usage',
          `cannot write ${folder} (${errorCode(cause)} for ${parent}); check its permissions or give another --out`,
          { cause },
        );
      }
      parent = dirname(parent);
    }
  }
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
