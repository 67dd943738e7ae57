import { transfer } from 'comlink';
import { VoiceprintError } from '../errors.js';
import type { Engine, EngineOptions, SpeechStream } from './engine-types.js';
import type { EngineWorkerApi } from './engine-wire.js';

/**
 * The worker's side of an engine, without the worker: it takes calls that hold plain data only
 * and keeps one engine and its streams.
 *
 * @param open - Opens the engine; `openEngine`, or a stand-in for tests.
 */
export function createEngineService(
  open: (options: EngineOptions) => Promise<Engine>,
): EngineWorkerApi {
  let opened: Engine | undefined;
  const streams = new Map<number, SpeechStream>();
  let lastStream = 0;
  const engine = (): Engine => {
    if (opened === undefined) {
      throw new VoiceprintError('backend/disposed', 'the engine is not open; open it first');
    }
    return opened;
  };
  return {
    async open(options, onProgress) {
      opened = await open({ ...options, onProgress });
      return { manifest: opened.manifest, backend: opened.backend };
    },
    analyse: async (samples) => engine().analyse(samples),
    async embed(speech) {
      const encoded = await engine().embed(speech);
      return transfer(encoded, [encoded.values.buffer]);
    },
    async openStream() {
      streams.set(++lastStream, await engine().openSpeechStream());
      return lastStream;
    },
    async pushStream(id, samples) {
      const stream = streams.get(id);
      if (stream === undefined) {
        throw new VoiceprintError('backend/disposed', 'the speech stream was closed; open another');
      }
      return stream.push(samples);
    },
    async closeStream(id) {
      await streams.get(id)?.close();
      streams.delete(id);
    },
    async dispose() {
      streams.clear();
      await opened?.dispose();
    },
  };
}
