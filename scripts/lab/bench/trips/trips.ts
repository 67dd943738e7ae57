import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serialize } from 'node:v8';
import { expose } from 'comlink';
import { decodeInNode } from '../../../../src/audio/decode/decode-node.js';
import { SAMPLE_RATE } from '../../../../src/audio/limits.js';
import type { PcmAudio } from '../../../../src/audio/types.js';
import { openEngine } from '../../../../src/engine/open-engine.js';
import type { EngineOptions } from '../../../../src/engine/options.js';
import { openWorkerEngine } from '../../../../src/engine/worker/remote-engine.js';
import { createEngineService } from '../../../../src/engine/worker/service.js';
import { shareEngine } from '../../../../src/engine/worker/shared-engine.js';
import { openVault } from '../../../../src/vault/index.js';
import { assembleVerifier } from '../../../../src/verifier/verifier.js';

const MODELS = { model: 'default', streamingModel: 'streaming' } as const;
const VERIFIERS = 3;
/** Program that measures memory in a process of its own, where no build is loaded yet. */
const MEMORY_PROGRAM = fileURLToPath(new URL('./memory.ts', import.meta.url));

/** A worker in name only, whose messages are counted: its far side runs in this process. */
class CountingWorker extends EventTarget {
  readonly #port: MessagePort;
  messages = 0;
  bytes = 0;

  constructor() {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    expose(
      createEngineService((options) => openEngine({ ...options, backend: 'wasm', threads: 1 })),
      port2,
    );
    port1.addEventListener('message', ({ data }) =>
      this.dispatchEvent(new MessageEvent('message', { data })),
    );
    port1.start();
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.messages += 1;
    // What holds a port cannot be written down; it holds no samples either.
    if (!transfer.some((item) => item instanceof MessagePort)) {
      this.bytes += serialize(message).byteLength;
    }
    this.#port.postMessage(message, transfer);
  }

  terminate(): void {
    this.#port.close();
  }
}

function isWorker(worker: unknown): worker is Worker {
  return worker instanceof CountingWorker;
}

/**
 * What crosses from the page to the worker with the two shipped models, what runs there, and what it
 * takes in memory:
 *
 * - `verifyBytesOverClip`, `enrollBytesOverClip`: bytes of all messages over those of the clips.
 * - `verifyRoundTrips`, `enrollRoundTripsPerClip`: messages to the worker.
 * - `workersOfThreeVerifiers`: workers that three verifiers of one page start together.
 * - `onnxruntimes`: instances of onnxruntime-web that serve both models.
 * - `mebibytes`: of WebAssembly memory with both models, after a clip of 4 s each; `memoryOverApart`:
 *   the same over the sum of an instance per model.
 */
export async function benchTrips(): Promise<Record<string, number>> {
  return { ...(await countTrips()), ...(await measureMemory()) };
}

async function countTrips(): Promise<Record<string, number>> {
  const workers: CountingWorker[] = [];
  const start = (): Worker => {
    const worker = new CountingWorker();
    workers.push(worker);
    if (!isWorker(worker)) throw new Error('unreachable');
    return worker;
  };
  const open = (options: EngineOptions) => openWorkerEngine({ ...MODELS, ...options }, start);
  const engines = await Promise.all(
    Array.from({ length: VERIFIERS }, () => shareEngine(MODELS, {}, open)),
  );
  const [engine] = engines;
  const [worker] = workers;
  if (engine === undefined || worker === undefined) throw new Error('nothing was opened');
  const verifier = assembleVerifier({
    engine,
    vault: await openVault({ storage: 'memory' }),
    decode: async (input) => (input as PcmAudio).samples,
    openMicrophone: () => Promise.reject(new Error('no microphone here')),
    falseAcceptRate: 0.05,
  });
  const clips = await Promise.all(['ada-1', 'ada-2', 'ada-3'].map(readVoice));
  const during = async (work: () => Promise<unknown>) => {
    const before = { messages: worker.messages, bytes: worker.bytes };
    await work();
    return { messages: worker.messages - before.messages, bytes: worker.bytes - before.bytes };
  };
  const [first, second, third] = clips;
  if (first === undefined || second === undefined || third === undefined)
    throw new Error('no clip');
  const enrolled = await during(() => verifier.enroll('ada', [first, second]));
  const verified = await during(() => verifier.verify('ada', third));
  await verifier.dispose();
  for (const other of engines.slice(1)) await other[Symbol.asyncDispose]();
  return {
    verifyBytesOverClip: verified.bytes / third.samples.byteLength,
    verifyRoundTrips: verified.messages,
    enrollBytesOverClip: enrolled.bytes / (first.samples.byteLength + second.samples.byteLength),
    enrollRoundTripsPerClip: enrolled.messages / 2,
    workersOfThreeVerifiers: workers.length,
  };
}

async function measureMemory(): Promise<Record<string, number>> {
  const { model, streamingModel } = MODELS;
  const [both, ...apart] = await Promise.all([
    memoryOf({ model, streamingModel }),
    memoryOf({ model }),
    memoryOf({ model: streamingModel }),
  ]);
  const sum = apart.reduce((total, { bytes }) => total + bytes, 0);
  return {
    onnxruntimes: both.instances,
    mebibytes: both.bytes / 2 ** 20,
    memoryOverApart: both.bytes / sum,
  };
}

interface Memory {
  readonly instances: number;
  readonly bytes: number;
}

async function memoryOf(models: EngineOptions): Promise<Memory> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    MEMORY_PROGRAM,
    JSON.stringify(models),
  ]);
  return JSON.parse(stdout);
}

async function readVoice(name: string): Promise<PcmAudio> {
  const path = fileURLToPath(new URL(`../../../../demo/voices/${name}.flac`, import.meta.url));
  const samples = await decodeInNode(new Uint8Array(readFileSync(path)));
  return { samples, sampleRate: SAMPLE_RATE };
}
