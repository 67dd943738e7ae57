import { openAsBlob } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteFile, memoryFile } from '../checkpoint/index.js';
import {
  filesOfZip,
  type PublishedFiles,
  type PublishedModel,
  readPublishedModel,
} from '../convert/published/index.js';
import { VoiceprintError } from '../errors.js';
import { errorCode } from '../models/output-folder.js';
import { DiskFile } from './disk-file.js';

/** What `voiceprint convert` was given: a checkpoint, or a folder or zip that holds one. */
export interface ConvertInput {
  readonly checkpoint: ByteFile;
  /** Undefined for a bare checkpoint. */
  readonly published?: PublishedModel;
  /** Lets go of the file. */
  close(): void;
}

const DEEPEST = 4;
const MOST_FILES = 5000;

/**
 * Opens a checkpoint, or finds it in a folder or zip as its publisher lays it out.
 *
 * @throws VoiceprintError `cli/usage` for a path that cannot be read, and as `readPublishedModel`.
 */
export async function openConvertInput(path: string): Promise<ConvertInput> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) {
    const published = await readPublishedModel(await filesOfFolder(path));
    const checkpoint = new DiskFile(join(path, published.checkpoint.path));
    return { checkpoint, published, close: () => checkpoint.close() };
  }
  const file = new DiskFile(path);
  const close = () => file.close();
  try {
    const packed = filesOfZip(file);
    if (packed === undefined || packed.size === 0) return { checkpoint: file, close };
    const published = await readPublishedModel(packed);
    const { content } = published.checkpoint;
    const bytes = content instanceof Blob ? await content.arrayBuffer() : content;
    return { checkpoint: memoryFile(bytes), published, close };
  } catch (error) {
    close();
    throw error;
  }
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
