import { afterEach, describe, expect, it, vi } from 'vitest';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import type { EncoderFactory } from '../encoder/types.js';
import { fakeEncoder, fakeEngine, RATE, voice } from '../fake-voices.fixture.js';
import type { Engine } from '../types.js';
import { type SharerOptions, shareEngine } from './shared-engine.js';

/** Opens engines that the test can count. */
function counting() {
  const closed = vi.fn(async () => undefined);
  const engines: Engine[] = [];
  const open = vi.fn(async ({ onProgress }: SharerOptions) => {
    onProgress?.({ stage: 'ready', done: 1 });
    const engine = fakeEngine({ [asyncDispose]: closed });
    engines.push(engine);
    return engine;
  });
  return { open, closed, engines };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('shareEngine', () => {
  it('opens one engine for everybody with the same options, and closes it with the last', async () => {
    const { open, closed } = counting();
    const options = { model: 'default', backend: 'wasm' } as const;
    const stages: string[][] = [[], [], []];
    const [first, second, third] = await Promise.all(
      stages.map((told) =>
        shareEngine(options, { onProgress: ({ stage }) => told.push(stage) }, open),
      ),
    );
    expect(open).toHaveBeenCalledTimes(1);
    expect(stages).toEqual([['ready'], ['ready'], ['ready']]);
    await first?.[asyncDispose]();
    await first?.[asyncDispose]();
    await expect(first?.hear(voice(10, 2))).rejects.toMatchObject({ code: 'disposed' });
    expect((await second?.hear(voice(10, 2)))?.pieces).toHaveLength(1);
    await second?.[asyncDispose]();
    expect(closed).not.toHaveBeenCalled();
    await third?.[asyncDispose]();
    expect(closed).toHaveBeenCalledTimes(1);
    const again = await shareEngine(options, {}, open);
    expect(open).toHaveBeenCalledTimes(2);
    await again[asyncDispose]();
  });

  it('tells other models, backends, files and encoders apart', async () => {
    const { open } = counting();
    const files = new Map<string, Uint8Array>();
    const factory: EncoderFactory = async () => fakeEncoder();
    const kinds = [
      { model: 'default' },
      { model: 'default', streamingModel: 'streaming' },
      { model: 'streaming' },
      { model: 'default', backend: 'wasm' },
      { model: { files } },
      { model: { files: new Map(files) } },
      { encoder: factory },
      { encoder: async () => fakeEncoder() },
    ] as const;
    const opened = await Promise.all(kinds.map((options) => shareEngine(options, {}, open)));
    expect(open).toHaveBeenCalledTimes(kinds.length);
    const same = await Promise.all([
      shareEngine({ model: { files } }, {}, open),
      shareEngine({ encoder: factory }, {}, open),
    ]);
    expect(open).toHaveBeenCalledTimes(kinds.length);
    for (const engine of [...opened, ...same]) await engine[asyncDispose]();
  });

  it('ends the loading for whoever gives up, and for all when the last does', async () => {
    let given: AbortSignal | undefined;
    let finish: (engine: Engine) => void = () => undefined;
    const closed = vi.fn(async () => undefined);
    const open = ({ signal }: SharerOptions): Promise<Engine> => {
      given = signal;
      return new Promise((resolve) => {
        finish = resolve;
      });
    };
    const [one, two] = [new AbortController(), new AbortController()];
    const options = { model: 'default', threads: 1 };
    const first = shareEngine(options, { signal: one.signal }, open);
    const second = shareEngine(options, { signal: two.signal }, open);
    one.abort('enough');
    await expect(first).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(given?.aborted).toBe(false);
    two.abort();
    await expect(second).rejects.toMatchObject({ code: 'aborted' });
    expect(given?.aborted).toBe(true);
    // What comes in spite of that is closed.
    finish(fakeEngine({ [asyncDispose]: closed }));
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1));
    await expect(shareEngine(options, { signal: AbortSignal.abort() }, open)).rejects.toMatchObject(
      { code: 'aborted' },
    );
  });

  it('tries again after a failure', async () => {
    const { open } = counting();
    const failing = () => Promise.reject(new Error('offline'));
    const options = { model: 'default', threads: 2 };
    await expect(shareEngine(options, {}, failing)).rejects.toThrow('offline');
    const engine = await shareEngine(options, {}, open);
    await engine[asyncDispose]();
  });

  it('closes the streams of one sharer only', async () => {
    const { open } = counting();
    const options = { model: 'default', threads: 3 };
    const [mine, yours] = await Promise.all([
      shareEngine(options, {}, open),
      shareEngine(options, {}, open),
    ]);
    const [a, b] = [await mine.listen({}), await yours.listen({})];
    await mine[asyncDispose]();
    await expect(a.push(voice(10, 1), RATE)).rejects.toMatchObject({ code: 'disposed' });
    expect((await b.push(voice(10, 1), RATE)).speaking).toBe(true);
    await yours[asyncDispose]();
  });
});
