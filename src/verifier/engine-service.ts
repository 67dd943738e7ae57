import { transfer } from 'comlink';
import { VoiceprintError } from '../errors.js';
import type {
  Engine,
  EngineOptions,
  SpeechEngine,
  SpeechEngineOptions,
  SpeechStream,
} from './engine-types.js';
import type { EngineWorkerApi } from './engine-wire.js';

/**
 * The worker's side of an engine, without the worker: it takes calls that hold plain data only
 * and keeps one engine and its streams.
 *
 * @param open - Opens the engine; `openEngine`, or a stand-in for tests.
 * @param openSpeech - Opens speech detection only; `openSpeechEngine`, or a stand-in.
 */
export function createEngineService(
  open: (options: EngineOptions) => Promise<Engine>,
  openSpeech: (options: SpeechEngineOptions) => Promise<SpeechEngine>,
): EngineWorkerApi {
  let opened: SpeechEngine | undefined;
  let withEncoder: Engine | undefined;
  const streams = new Map<number, SpeechStream>();
  let lastStream = 0;
  const refuseClosed = (): never => {
    throw new VoiceprintError('backend/disposed', 'the engine is not open; open it first');
  };
  return {
    async open(options, onProgress) {
      withEncoder = await open({ ...options, onProgress });
      opened = withEncoder;
      return { manifest: withEncoder.manifest, backend: withEncoder.backend };
    },
    async openSpeech(options) {
      opened = await openSpeech(options);
      return opened.backend;
    },
    analyse: async (samples, minimumSpeechSeconds) =>
      (opened ?? refuseClosed()).analyse(samples, minimumSpeechSeconds),
    async embed(speech) {
      const encoded = await (withEncoder ?? refuseClosed()).embed(speech);
      return transfer(encoded, [encoded.values.buffer]);
    },
    backend: async () => (opened ?? refuseClosed()).backend,
    async openStream() {
      streams.set(++lastStream, await (opened ?? refuseClosed()).openSpeechStream());
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
