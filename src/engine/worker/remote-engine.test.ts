import { expose } from 'comlink';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { VoiceprintError } from '../../errors.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { createEngine } from '../engine.js';
import { fakeDetector, fakeEncoder, fakeEngine, RATE, voice } from '../fake-voices.fixture.js';
import type { HeardStep, Listening } from '../live/types.js';
import type { EngineOptions } from '../options.js';
import type { Engine, Heard } from '../types.js';
import { ANSWER_LIMITS } from './host.js';
import { openWorkerEngine } from './remote-engine.js';
import { createEngineService } from './service.js';

/** A worker in name only: its far side runs here, behind a real message channel. */
class PretendWorker extends EventTarget {
  readonly #port: MessagePort;
  terminated = false;
  /** Bytes of all buffers that were transferred to it, and how many messages asked for something. */
  readonly sent = { bytes: 0, calls: 0 };

  constructor(open: (options: EngineOptions) => Promise<Engine>) {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    expose(createEngineService(open), port2);
    port1.addEventListener('message', (event) => {
      this.dispatchEvent(new MessageEvent('message', { data: event.data }));
    });
    port1.start();
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.sent.calls += 1;
    for (const item of transfer) {
      if (item instanceof ArrayBuffer) this.sent.bytes += item.byteLength;
    }
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

/** What an engine heard in a clip of so many samples, whose first one is `value`. */
function heard(length: number, value: number): Heard {
  return {
    quality: {
      usable: true,
      reasons: [],
      seconds: length / RATE,
      speechSeconds: length / RATE,
      levelDb: -20,
      peak: 1,
      clippedShare: 0,
      snrDb: undefined,
      segments: [],
    },
    pieces: [{ seconds: length, embeddings: new Map([['a', Float32Array.of(value)]]) }],
    speechMilliseconds: 1,
    featuresMilliseconds: 1,
    encoderMilliseconds: 2,
    backend: fakeEngine().backend,
  };
}

const hear: Engine['hear'] = async (clip) => heard(clip.length, clip[0] ?? 0);

const options = { model: 'default' } as const;

afterEach(() => {
  vi.useRealTimers();
});

describe('openWorkerEngine', () => {
  it('hands on models, backend, results and progress', async () => {
    const progress: string[] = [];
    const { start } = pretend(async ({ model, onProgress }) => {
      onProgress?.({ stage: 'ready', done: 1 });
      const { backend } = fakeEngine();
      return fakeEngine({ hear, backend: { ...backend, reason: String(model) } });
    });
    const engine = await openWorkerEngine(
      { model: new URL('https://app.example/m/'), onProgress: ({ stage }) => progress.push(stage) },
      start,
    );
    expect(engine.models.map(({ name }) => name)).toEqual(['fake']);
    expect(engine.backend.reason).toBe('https://app.example/m/');
    const clip = new Float32Array(100).fill(0.25).subarray(10, 30);
    expect((await engine.hear(clip)).pieces).toEqual([
      { seconds: 20, embeddings: new Map([['a', Float32Array.of(0.25)]]) },
    ]);
    expect(progress).toEqual(['ready']);
    expect(clip).toHaveLength(20);
    await engine[asyncDispose]();
  });

  it('sends a clip once, in one message, however many models hear it', async () => {
    const encoders = ['1', '2'].map((digit) =>
      fakeEncoder({ model: { ...fakeEncoder().model, sha256: digit.repeat(64) } }),
    );
    const { worker, start } = pretend(async () => createEngine(fakeDetector(), encoders));
    const engine = await openWorkerEngine(options, start);
    const before = { ...worker.sent };
    const clip = voice(30, 3);
    const { pieces } = await engine.hear(clip, { cut: { kind: 'equal', seconds: 1 } });
    expect(pieces.map(({ embeddings }) => embeddings.size)).toEqual([2, 2, 2]);
    expect(worker.sent.calls - before.calls).toBe(1);
    expect((worker.sent.bytes - before.bytes) / clip.byteLength).toBe(1);
    await engine[asyncDispose]();
  });

  it('keeps the cohort of a model, which does not show', async () => {
    const { model } = fakeEncoder();
    const cohort = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    const normalization = Object.defineProperty(
      { kind: 'as-norm' as const, top: 2, thresholds: [], calibration: [], cohort },
      'cohort',
      { enumerable: false },
    );
    const { start } = pretend({ models: [{ ...model, normalization }] });
    const engine = await openWorkerEngine(options, start);
    expect(engine.models[0]?.normalization?.cohort).toEqual(cohort);
    expect(JSON.stringify(engine.models)).not.toContain('cohort');
    await engine[asyncDispose]();
  });

  it('keeps class, code, message and cause of an error', async () => {
    const { start } = pretend({
      hear: async () => {
        throw new VoiceprintError('audio/too-short', 'speak on', { cause: new Error('why') });
      },
      listen: async () => {
        throw new TypeError('a bug');
      },
    });
    const engine = await openWorkerEngine(options, start);
    const error = await engine.hear(new Float32Array(1)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VoiceprintError);
    expect(error).toMatchObject({ code: 'audio/too-short', message: 'speak on' });
    expect(String(error instanceof Error ? error.cause : '')).toContain('why');
    await expect(engine.listen({})).rejects.toMatchObject({ name: 'TypeError', message: 'a bug' });
    await engine[asyncDispose]();
  });

  it('calls an encoder of the page back, with the speech alone, and closes it', async () => {
    const closed = vi.fn(async () => undefined);
    const encode = vi.fn(async (speech: Float32Array) => ({
      values: Float32Array.of(speech.length / RATE, 1),
      featuresMilliseconds: 0,
      encoderMilliseconds: 0,
    }));
    const detect = async () => [{ start: 1, end: 3 }];
    const { worker, start } = pretend(async ({ encoder }) =>
      createEngine(fakeDetector({ detect }), encoder === undefined ? [] : [encoder]),
    );
    const encoder = fakeEncoder({ encode, [asyncDispose]: closed });
    const engine = await openWorkerEngine({ encoder }, start);
    const before = worker.sent.bytes;
    const clip = voice(30, 4)
      .fill(0, 0, RATE)
      .fill(0, 3 * RATE);
    const { pieces } = await engine.hear(clip);
    expect(pieces[0]?.embeddings.get(encoder.model.sha256)).toEqual(Float32Array.of(2, 1));
    expect((worker.sent.bytes - before) / clip.byteLength).toBeLessThan(1.05);
    await engine[asyncDispose]();
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it('listens to several streams apart, gives each buffer back, and closes them', async () => {
    const steps: string[] = [];
    let opened = 0;
    const { start } = pretend({
      listen: async ({ embed }): Promise<Listening> => {
        const name = ++opened;
        steps.push(`open ${name} ${embed?.mode}`);
        return {
          async push(samples, length): Promise<HeardStep> {
            steps.push(`push ${name} ${length} of ${samples.length}`);
            return {
              samples,
              speaking: true,
              silentSeconds: 0,
              speechSeconds: name,
              turn: 2,
              turnSeconds: 0.5,
              embedding: { values: Float32Array.of(samples[0] ?? 0), scoredSeconds: 0.5 },
              milliseconds: 1,
              backend: { ...fakeEngine().backend, reason: 'moved' },
            };
          },
          endTurn: async (keepSeconds) => void steps.push(`turn ${name} ${keepSeconds}`),
          reset: async () => void steps.push(`reset ${name}`),
          [asyncDispose]: async () => void steps.push(`close ${name}`),
        };
      },
    });
    const engine = await openWorkerEngine(options, start);
    const embed = { model: 'a', mode: 'window', windowSeconds: 3, scoresPerSecond: 4 } as const;
    const first = await engine.listen({ embed });
    const second = await engine.listen({});
    const block = new Float32Array(100).fill(0.5);
    const step = await first.push(block, 60);
    expect(block).toHaveLength(0);
    expect(step.samples).toHaveLength(100);
    expect(step.embedding?.values).toEqual(Float32Array.of(0.5));
    expect(engine.backend.reason).toBe('moved');
    expect((await second.push(step.samples, 100)).speechSeconds).toBe(2);
    await first.endTurn(1);
    await first.reset();
    await first[asyncDispose]();
    await first[asyncDispose]();
    expect(steps).toEqual([
      'open 1 window',
      'open 2 undefined',
      'push 1 60 of 100',
      'push 2 100 of 100',
      'turn 1 1',
      'reset 1',
      'close 1',
    ]);
    await engine[asyncDispose]();
    await expect(second.push(new Float32Array(1), 1)).rejects.toMatchObject({ code: 'disposed' });
    await second[asyncDispose]();
  });

  it('starts a worker again that died, with the next call, and only such a one', async () => {
    const { worker, start } = pretend({ hear: () => new Promise(() => undefined) });
    const second = pretend({ hear });
    let starts = 0;
    const engine = await openWorkerEngine(options, () => {
      starts += 1;
      return starts === 1 ? start() : second.start();
    });
    const held = { speaker: 'ada', embedding: Float32Array.of(1, 0) };
    await engine.hold([held]);
    const underWay = [1, 2, 3].map(() => engine.hear(new Float32Array(1)));
    const gone = { code: 'backend/failed', message: expect.stringContaining('out of memory') };
    const ended = Promise.all(underWay.map((call) => expect(call).rejects.toMatchObject(gone)));
    await new Promise((resolve) => setTimeout(resolve, 0));
    worker.crash('out of memory');
    await ended;
    expect(worker.terminated).toBe(true);
    const [next] = await Promise.all([
      engine.hear(new Float32Array(2)),
      engine.hear(new Float32Array(3)),
    ]);
    expect(next.pieces[0]?.seconds).toBe(2);
    expect(starts).toBe(2);
    // What was handed in is handed to the new one.
    expect(await engine.search(Float32Array.of(1, 1), 1)).toMatchObject([{ speaker: 'ada' }]);
    await engine[asyncDispose]();
    expect(second.worker.terminated).toBe(true);
    await expect(engine.hear(new Float32Array(1))).rejects.toMatchObject({ code: 'disposed' });
  });

  it('starts a worker again whose engine lost its device and could not move', async () => {
    const lost = new VoiceprintError(
      'backend/failed',
      'the graphics device was lost (unknown: driver restarted); make the verifier again',
    );
    const { worker, start } = pretend({ hear: () => Promise.reject(lost) });
    const second = pretend({ hear });
    let starts = 0;
    const engine = await openWorkerEngine(options, () =>
      ++starts === 1 ? start() : second.start(),
    );
    const calls = [1, 2, 3].map(() => engine.hear(new Float32Array(1)));
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'backend/failed' });
    expect(worker.terminated).toBe(true);
    expect((await engine.hear(new Float32Array(4))).pieces[0]?.seconds).toBe(4);
    expect(starts).toBe(2);
    await engine[asyncDispose]();
  });

  it('gives up a worker that never answers', async () => {
    vi.useFakeTimers();
    const { worker, start } = pretend({ hear: () => new Promise(() => undefined) });
    const second = pretend({ hear });
    let starts = 0;
    const opening = openWorkerEngine(options, () => (++starts === 1 ? start() : second.start()));
    await vi.advanceTimersByTimeAsync(10);
    const engine = await opening;
    const silent = expect(engine.hear(new Float32Array(RATE))).rejects.toMatchObject({
      code: 'backend/failed',
      message: expect.stringContaining('did not answer'),
    });
    await vi.advanceTimersByTimeAsync(ANSWER_LIMITS.hear + ANSWER_LIMITS.hearPerSecond);
    await silent;
    expect(worker.terminated).toBe(true);
    vi.useRealTimers();
    expect((await engine.hear(new Float32Array(5))).pieces[0]?.seconds).toBe(5);
    await engine[asyncDispose]();
  });

  it('gives up a worker that never opens', async () => {
    vi.useFakeTimers();
    const { worker, start } = pretend(() => new Promise(() => undefined));
    const opening = expect(openWorkerEngine(options, start)).rejects.toMatchObject({
      code: 'backend/unavailable',
      message: expect.stringContaining('did not answer'),
    });
    await vi.advanceTimersByTimeAsync(ANSWER_LIMITS.open);
    await opening;
    expect(worker.terminated).toBe(true);
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
      hear: () =>
        new Promise((resolve) => {
          finish = () => resolve(heard(7, 1));
        }),
      [asyncDispose]: async () => finish(),
    });
    const engine = await openWorkerEngine(options, start);
    const run = engine.hear(new Float32Array(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const disposal = engine[asyncDispose]();
    expect(engine[asyncDispose]()).toBe(disposal);
    await disposal;
    expect((await run).pieces[0]?.seconds).toBe(7);
    expect(worker.terminated).toBe(true);
    await expect(engine.hear(new Float32Array(1))).rejects.toMatchObject({ code: 'disposed' });
  });
});
