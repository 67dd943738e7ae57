import { openAsBlob } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  filesOfZip,
  type PublishedFiles,
  type PublishedModel,
  readPublishedModel,
} from '../convert/published/index.js';
import { VoiceprintError } from '../errors.js';
import { readInput } from './output.js';
import { errorCode } from './output-folder.js';

/** What `voiceprint convert` was given: a checkpoint, or a folder or zip that holds one. */
export interface ConvertInput {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Undefined for a bare checkpoint. */
  readonly published?: PublishedModel;
}

const DEEPEST = 4;
const MOST_FILES = 5000;

/**
 * Reads a checkpoint, or finds it in a folder or zip as its publisher lays it out.
 *
 * @throws VoiceprintError `cli/usage` for a path that cannot be read, and as `readPublishedModel`.
 */
export async function readConvertInput(path: string): Promise<ConvertInput> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return fromFiles(await filesOfFolder(path));
  const bytes = await readInput(path);
  const packed = filesOfZip(bytes);
  return packed === undefined || packed.size === 0 ? { bytes } : fromFiles(packed);
}

async function fromFiles(files: PublishedFiles): Promise<ConvertInput> {
  const published = await readPublishedModel(files);
  const { content } = published.checkpoint;
  const bytes =
    content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : new Uint8Array(content);
  return { bytes, published };
}

async function filesOfFolder(folder: string): Promise<PublishedFiles> {
  const files = new Map<string, Blob>();
  const visit = async (path: string, depth: number): Promise<void> => {
    const entries = await readdir(join(folder, path), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory() && depth < DEEPEST) await visit(name, depth + 1);
      // Hubs keep the files elsewhere and link to them.
      const real = entry.isSymbolicLink() ? await stat(join(folder, name)) : entry;
      if (real.isFile() && files.size < MOST_FILES) {
        files.set(name, await openAsBlob(join(folder, name)));
      }
    }
  };
  try {
    await visit('', 0);
  } catch (cause) {
    throw new VoiceprintError(
      'cli/usage',
      `cannot read the folder ${folder} (${errorCode(cause)}); check the path`,
      { cause },
    );
  }
  return files;
}
