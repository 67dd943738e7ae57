import { type ChildProcess, fork } from 'node:child_process';
import { VoiceprintError } from '../../errors.js';
import type { FileEmbedderOptions } from './file-embedder.js';
import type { FileEmbedder } from './file-embedding.js';
import { type FromWorker, type ToWorker, WORKER_ARGUMENTS } from './worker-messages.js';

/**
 * An embedder in a process of its own: the program started again with a hidden option, so that it
 * works the same from the built file and from sources. Processes rather than threads, as the
 * WebAssembly build keeps state that is global to a process.
 *
 * @param program - The script to start; by default the one that is running.
 */
export async function openWorkerProcess(
  options: FileEmbedderOptions,
  program = process.argv[1] ?? '',
): Promise<FileEmbedder> {
  const child = fork(program, [...WORKER_ARGUMENTS], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    await ask(child, { kind: 'open', options });
  } catch (error) {
    child.kill();
    throw error;
  }
  return {
    async embed(file, lengths) {
      const answer = await ask(child, { kind: 'embed', file, lengths });
      if (answer.kind !== 'outcome') {
        throw new VoiceprintError('backend/failed', `the worker answered "${answer.kind}"`);
      }
      return answer.outcome;
    },
    async close() {
      if (child.connected) child.disconnect();
    },
  };
}

/** Sends one message and waits for its answer; the process may die instead. */
function ask(child: ChildProcess, message: ToWorker): Promise<FromWorker> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onError);
      finish();
    };
    const onMessage = (answer: FromWorker) =>
      settle(() => {
        if (answer.kind !== 'failed') resolve(answer);
        else reject(new VoiceprintError(answer.code ?? 'backend/failed', answer.message));
      });
    const onExit = (code: number | null, signal: string | null) =>
      settle(() =>
        reject(
          new VoiceprintError(
            'backend/failed',
            `a worker process ended (${signal ?? `exit ${code}`}); try fewer with --workers`,
          ),
        ),
      );
    const onError = (cause: Error) =>
      settle(() =>
        reject(
          new VoiceprintError('backend/failed', `a worker process failed: ${cause.message}`, {
            cause,
          }),
        ),
      );
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.on('error', onError);
    child.send(message);
  });
}
