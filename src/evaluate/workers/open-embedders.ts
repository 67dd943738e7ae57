import { availableParallelism } from 'node:os';
import { openFileEmbedder } from './file-embedder.js';
import type { FileEmbedder } from './file-embedding.js';
import { openWorkerProcess } from './worker-process.js';

/** With fewer files than this for each, another process costs more than it saves. */
export const FILES_PER_WORKER = 8;

/**
 * How many embed at once: one per core, and no more than the files are worth.
 *
 * @param wanted - What the caller asks for instead.
 */
export function workersFor(
  files: number,
  wanted: number | undefined,
  cores = availableParallelism(),
): number {
  return wanted ?? Math.min(cores, Math.max(1, Math.ceil(files / FILES_PER_WORKER)));
}

/** Opens what embeds: processes that share the cores, or this one where more would not pay. */
export async function openEmbedders(
  options: { readonly model: string; readonly speechOnly: boolean },
  files: number,
  wanted: number | undefined,
): Promise<readonly FileEmbedder[]> {
  const workers = workersFor(files, wanted);
  if (workers <= 1) return [await openFileEmbedder(options)];
  const opened = await Promise.allSettled(
    Array.from({ length: workers }, () => openWorkerProcess(options)),
  );
  const embedders = opened.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const failure = opened.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await Promise.all(embedders.map((embedder) => embedder.close()));
    throw failure.reason;
  }
  return embedders;
}
