import { VoiceprintError } from '../../errors.js';
import { openFileEmbedder } from './file-embedder.js';
import type { FileEmbedder } from './file-embedding.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** Serves embeddings to the process that started this one, until that one goes away. */
export function runWorker(): void {
  const send = process.send?.bind(process);
  if (send === undefined) {
    throw new VoiceprintError(
      'cli/usage',
      'this command serves "voiceprint evaluate" only; run that instead',
    );
  }
  let embedder: Promise<FileEmbedder> | undefined;
  const answer = async (message: ToWorker): Promise<FromWorker> => {
    try {
      if (message.kind === 'open') {
        embedder = openFileEmbedder(message.options);
        await embedder;
        return { kind: 'opened' };
      }
      if (embedder === undefined) throw new Error('asked to embed before it was opened');
      return {
        kind: 'outcome',
        outcome: await (await embedder).embed(message.file, message.lengths),
      };
    } catch (error) {
      return {
        kind: 'failed',
        code: error instanceof VoiceprintError ? error.code : undefined,
        message: error instanceof Error ? error.message : String(error),
      };
    }
  };
  process.on('message', async (message: ToWorker) => send(await answer(message)));
  process.on('disconnect', () => process.exit(0));
}
