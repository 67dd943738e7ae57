import { transfer } from 'comlink';
import { disposed } from '../../lifetime/ended.js';
import type { EngineVoiceStream } from '../live/types.js';
import type {
  Engine,
  EngineOptions,
  SpeechEngine,
  SpeechEngineOptions,
  SpeechGateStream,
  SpeechStream,
} from '../types.js';
import type { EngineWorkerApi } from './wire.js';

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
  const streams = numbered<SpeechStream>('speech stream');
  const gates = numbered<SpeechGateStream>('speech gate');
  const voices = numbered<EngineVoiceStream>('live stream');
  const refuseClosed = (): never => {
    throw disposed('the engine is not open; open it first');
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
    openStream: async () => streams.add(await (opened ?? refuseClosed()).openSpeechStream()),
    pushStream: async (id, samples) => streams.get(id).push(samples),
    closeStream: (id) => streams.close(id),
    openGate: async () => gates.add(await (opened ?? refuseClosed()).openSpeechGate()),
    async pushGate(id, samples) {
      const gated = await gates.get(id).push(samples);
      // What passed is a view of a buffer that stays here; only its own samples are sent.
      const speech = gated.speech.slice();
      return transfer({ ...gated, speech }, [speech.buffer]);
    },
    resetGate: async (id) => gates.get(id).reset(),
    closeGate: (id) => gates.close(id),
    openVoice: async (options) =>
      voices.add(await (withEncoder ?? refuseClosed()).openVoiceStream(options)),
    async pushVoice(id, samples, length) {
      const step = await voices.get(id).push(samples, length);
      return transfer(step, [step.samples.buffer]);
    },
    endVoiceTurn: async (id, keepSeconds) => voices.get(id).endTurn(keepSeconds),
    resetVoice: async (id) => voices.get(id).reset(),
    closeVoice: (id) => voices.close(id),
    async dispose() {
      streams.clear();
      gates.clear();
      voices.clear();
      await opened?.dispose();
    },
  };
}

/** What a worker opened, by the number that the page calls it by. */
function numbered<T extends { close(): Promise<void> }>(what: string) {
  const opened = new Map<number, T>();
  let last = 0;
  return {
    add(one: T): number {
      opened.set(++last, one);
      return last;
    },
    get(id: number): T {
      const one = opened.get(id);
      if (one !== undefined) return one;
      throw disposed(`the ${what} was closed; open another`);
    },
    async close(id: number): Promise<void> {
      const one = opened.get(id);
      opened.delete(id);
      await one?.close();
    },
    clear: () => opened.clear(),
  };
}
