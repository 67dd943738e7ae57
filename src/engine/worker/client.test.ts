import { expose } from 'comlink';
import { describe, expect, it } from 'vitest';
import { VoiceprintError } from '../../errors.js';
import type { Engine, EngineOptions } from '../types.js';
import { openWorkerEngine } from './client.js';
import { createEngineService } from './service.js';

/** A worker in name only: its far side runs here, behind a real message channel. */
class PretendWorker extends EventTarget {
  readonly #port: MessagePort;
  terminated = false;

  constructor(open: (options: EngineOptions) => Promise<Engine>) {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const openSpeech = () => open({ model: 'speech' });
    expose(createEngineService(open, openSpeech), port2);
    port1.addEventListener('message', (event) => {
      this.dispatchEvent(new MessageEvent('message', { data: event.data }));
    });
    port1.start();
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  terminate(): void {
    this.terminated = true;
    this.#port.close();
  }

  crash(message: string): void {
    this.dispatchEvent(Object.assign(new Event('error', { cancelable: true }), { message }));
  }
}

function isWorker(worker: unknown): worker is Worker {
  return worker instanceof PretendWorker;
}

function pretend(engine: Partial<Engine> | ((options: EngineOptions) => Promise<Engine>)) {
  const open = async (options: EngineOptions): Promise<Engine> => {
    if (typeof engine === 'function') return engine(options);
    return { ...fakeEngine(), ...engine };
  };
  const worker = new PretendWorker(open);
  const start = (): Worker => {
    if (!isWorker(worker)) throw new Error('unreachable');
    return worker;
  };
  return { worker, start };
}

function fakeEngine(): Engine {
  const refuse = async (): Promise<never> => Promise.reject(new Error('not expected'));
  return {
    manifest: JSON.parse('{"name":"fake"}'),
    backend: { name: 'wasm', entry: 'wasm', threads: 1, adapter: undefined, reason: 'fake' },
    analyse: refuse,
    embed: refuse,
    openSpeechStream: refuse,
    openSpeechGate: refuse,
    openVoiceStream: refuse,
    dispose: async () => undefined,
  };
}

const options = { model: 'default' } as const;

describe('openWorkerEngine', () => {
  it('hands on manifest, backend, results and progress', async () => {
    const progress: string[] = [];
    const { start } = pretend(async ({ model, onProgress }) => {
      onProgress?.({ stage: 'ready', done: 1 });
      return {
        ...fakeEngine(),
        embed: async (speech) => ({
          values: Float32Array.of(speech.length, speech[0] ?? 0),
          featuresMilliseconds: 1,
          encoderMilliseconds: 2,
        }),
        backend: { ...fakeEngine().backend, reason: String(model) },
      };
    });
    const engine = await openWorkerEngine(
      { model: new URL('https://app.example/m/'), onProgress: ({ stage }) => progress.push(stage) },
      start,
    );
    expect(engine.manifest.name).toBe('fake');
    expect(engine.backend.reason).toBe('https://app.example/m/');
    const speech = new Float32Array(100).fill(0.25).subarray(10, 30);
    expect(await engine.embed(speech)).toEqual({
      values: Float32Array.of(20, 0.25),
      featuresMilliseconds: 1,
      encoderMilliseconds: 2,
    });
    expect(progress).toEqual(['ready']);
    expect(speech).toHaveLength(20);
    await engine.dispose();
  });

  it('keeps class, code, message and cause of an error', async () => {
    const { start } = pretend({
      embed: async () => {
        throw new VoiceprintError('audio/too-short', 'speak on', { cause: new Error('why') });
      },
      analyse: async () => {
        throw new TypeError('a bug');
      },
    });
    const engine = await openWorkerEngine(options, start);
    const error = await engine.embed(new Float32Array(1)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VoiceprintError);
    expect(error).toMatchObject({ code: 'audio/too-short', message: 'speak on' });
    expect(String(error instanceof Error ? error.cause : '')).toContain('why');
    await expect(engine.analyse(new Float32Array(1))).rejects.toMatchObject({
      name: 'TypeError',
      message: 'a bug',
    });
    await engine.dispose();
  });

  it('keeps streams apart and closes them', async () => {
    let opened = 0;
    const { start } = pretend({
      openSpeechStream: async () => {
        const speechSeconds = ++opened;
        return {
          push: async () => ({ speaking: true, speechSeconds, levelDb: -20 }),
          close: async () => undefined,
        };
      },
    });
    const engine = await openWorkerEngine(options, start);
    const first = await engine.openSpeechStream();
    const second = await engine.openSpeechStream();
    expect((await second.push(new Float32Array(10))).speechSeconds).toBe(2);
    expect((await first.push(new Float32Array(10))).speechSeconds).toBe(1);
    await first.close();
    await expect(first.push(new Float32Array(10))).rejects.toMatchObject({
      code: 'disposed',
    });
    await engine.dispose();
    await second.close();
  });

  it('runs live streams, and gives back the very buffer for the next block', async () => {
    const steps: string[] = [];
    const { start } = pretend({
      openVoiceStream: async ({ mode, windowSeconds }) => {
        steps.push(`open ${mode} ${windowSeconds}`);
        return {
          async push(samples, length) {
            steps.push(`push ${length} of ${samples.length}`);
            return {
              samples,
              speaking: true,
              silentSeconds: 0,
              speechSeconds: 1,
              turn: 2,
              turnSeconds: 0.5,
              embedding: { values: Float32Array.of(samples[0] ?? 0), scoredSeconds: 0.5 },
              milliseconds: 1,
              backend: { ...fakeEngine().backend, reason: 'moved' },
            };
          },
          endTurn: async (keepSeconds) => void steps.push(`turn ${keepSeconds}`),
          reset: async () => void steps.push('reset'),
          close: async () => void steps.push('close'),
        };
      },
    });
    const engine = await openWorkerEngine(options, start);
    const voice = await engine.openVoiceStream({
      mode: 'window',
      windowSeconds: 3,
      scoresPerSecond: 4,
      turnSeconds: 0.7,
    });
    const block = new Float32Array(100).fill(0.5);
    const step = await voice.push(block, 60);
    expect(block).toHaveLength(0);
    expect(step.samples).toHaveLength(100);
    expect(step.embedding?.values).toEqual(Float32Array.of(0.5));
    expect(engine.backend.reason).toBe('moved');
    await voice.push(step.samples, 100);
    await voice.endTurn(1);
    await voice.reset();
    await voice.close();
    expect(steps).toEqual([
      'open window 3',
      'push 60 of 100',
      'push 100 of 100',
      'turn 1',
      'reset',
      'close',
    ]);
    await expect(voice.push(new Float32Array(1), 1)).rejects.toMatchObject({
      code: 'disposed',
    });
    await engine.dispose();
  });

  it('lets speech pass through a gate in the worker', async () => {
    const { start } = pretend({
      openSpeechGate: async () => {
        const inside = new Float32Array(1000).fill(0.25);
        return {
          push: async ({ length }) => ({
            speech: inside.subarray(0, length / 2),
            speaking: true,
            silentSeconds: 0,
            pauseBefore: 3,
          }),
          reset: async () => undefined,
          close: async () => undefined,
        };
      },
    });
    const engine = await openWorkerEngine(options, start);
    const gate = await engine.openSpeechGate();
    const samples = new Float32Array(20);
    for (let i = 0; i < 2; i++) {
      const { speech, pauseBefore } = await gate.push(samples);
      expect([speech.length, speech[0], pauseBefore]).toEqual([10, 0.25, 3]);
      // The worker's own buffer stays there.
      expect(speech.buffer.byteLength).toBe(40);
    }
    expect(samples).toHaveLength(20);
    await gate.close();
    await engine.dispose();
  });

  it('starts a worker again that died, and only such a one', async () => {
    const { worker, start } = pretend({});
    const second = pretend({
      embed: async () => ({
        values: Float32Array.of(2),
        featuresMilliseconds: 0,
        encoderMilliseconds: 0,
      }),
    });
    let starts = 0;
    const engine = await openWorkerEngine(options, () => {
      starts += 1;
      return starts === 1 ? start() : second.start();
    });
    expect(await engine.restart?.()).toBe(false);
    worker.crash('out of memory');
    await expect(engine.embed(new Float32Array(1))).rejects.toMatchObject({
      code: 'backend/failed',
    });
    expect(await Promise.all([engine.restart?.(), engine.restart?.()])).toEqual([true, true]);
    expect(starts).toBe(2);
    expect((await engine.embed(new Float32Array(1))).values).toEqual(Float32Array.of(2));
    await engine.dispose();
    expect(second.worker.terminated).toBe(true);
    expect(await engine.restart?.()).toBe(false);
  });

  it('rejects what is under way and what follows when the worker dies', async () => {
    const { worker, start } = pretend({ embed: () => new Promise(() => undefined) });
    const engine = await openWorkerEngine(options, start);
    const pending = expect(engine.embed(new Float32Array(1))).rejects.toMatchObject({
      code: 'backend/failed',
      message: expect.stringContaining('out of memory'),
    });
    worker.crash('out of memory');
    await pending;
    await expect(engine.embed(new Float32Array(1))).rejects.toMatchObject({
      code: 'backend/failed',
    });
    expect(worker.terminated).toBe(true);
    await engine.dispose();
  });

  it('says so when the worker cannot start', async () => {
    const { worker, start } = pretend(() => new Promise(() => undefined));
    const opening = expect(openWorkerEngine(options, start)).rejects.toMatchObject({
      code: 'backend/unavailable',
    });
    worker.crash('');
    await opening;
    const refuse = (): Worker => {
      throw new DOMException('cross origin', 'SecurityError');
    };
    await expect(openWorkerEngine(options, refuse)).rejects.toMatchObject({
      code: 'backend/unavailable',
    });
  });

  it('ends the worker when it is aborted', async () => {
    const { worker, start } = pretend(() => new Promise(() => undefined));
    const controller = new AbortController();
    const opening = openWorkerEngine({ ...options, signal: controller.signal }, start);
    controller.abort('enough');
    await expect(opening).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(worker.terminated).toBe(true);
  });

  it('lets a run end before it is disposed, and is disposed once', async () => {
    let finish: () => void = () => undefined;
    const { worker, start } = pretend({
      embed: () =>
        new Promise((resolve) => {
          finish = () =>
            resolve({
              values: Float32Array.of(7),
              featuresMilliseconds: 0,
              encoderMilliseconds: 0,
            });
        }),
      dispose: async () => finish(),
    });
    const engine = await openWorkerEngine(options, start);
    const run = engine.embed(new Float32Array(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const disposal = engine.dispose();
    expect(engine.dispose()).toBe(disposal);
    await disposal;
    expect((await run).values).toEqual(Float32Array.of(7));
    expect(worker.terminated).toBe(true);
    await expect(engine.embed(new Float32Array(1))).rejects.toMatchObject({
      code: 'disposed',
    });
  });
});
