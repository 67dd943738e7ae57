import { VoiceprintError } from '../../../src/errors.js';
import { openRuntime, type Runtime } from '../../../src/runtime/index.js';
import type { Session } from '../../../src/tensor.js';
import { bytesOf, type PageAnswer, type ParityPage, tensorData, type WireTensor } from './wire.js';

declare global {
  interface Window {
    voiceprintParity?: ParityPage;
  }
}

/** The page in which `voiceprint parity --backend webgpu` runs its graphs. */
function createPage(): ParityPage {
  let runtime: Runtime | undefined;
  const sessions: (Session | undefined)[] = [];
  const sessionAt = (graph: number) => {
    const session = sessions[graph];
    if (session === undefined) throw new RangeError(`no open graph ${graph}`);
    return session;
  };
  return {
    start: () =>
      answer(async () => {
        runtime = await openRuntime({ backend: 'webgpu' });
        return runtime.backend.adapter ?? 'unnamed adapter';
      }),
    open: (url) =>
      answer(async () => {
        if (runtime === undefined) throw new RangeError('the page was not started');
        const model = new Uint8Array(await fetchBytes(url));
        return sessions.push(await runtime.openSession(model)) - 1;
      }),
    run: (graph, inputs) =>
      answer(async () => {
        const feeds: Parameters<Session['run']>[0] = Object.fromEntries(
          await Promise.all(
            Object.entries(inputs).map(async ([name, { type, dims, bytes }]) => [
              name,
              { type, dims, data: tensorData(type, await fetchBytes(bytes)) },
            ]),
          ),
        );
        const outputs = await sessionAt(graph).run(feeds);
        const values: Record<string, WireTensor> = {};
        for (const [name, { type, dims, data }] of Object.entries(outputs)) {
          values[name] = { type, dims: [...dims], bytes: toBase64(bytesOf(data)) };
        }
        return values;
      }),
    close: (graph) =>
      answer(async () => {
        await sessionAt(graph).dispose();
        sessions[graph] = undefined;
        return null;
      }),
  };
}

async function answer<T>(work: () => Promise<T>): Promise<PageAnswer<T>> {
  try {
    return { kind: 'done', value: await work() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof VoiceprintError ? error.code : 'backend/failed';
    return { kind: 'failed', code, message };
  }
}

async function fetchBytes(url: string): Promise<ArrayBuffer> {
  return (await fetch(url)).arrayBuffer();
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  // In pieces: an argument list has a limit.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

window.voiceprintParity = createPage();
