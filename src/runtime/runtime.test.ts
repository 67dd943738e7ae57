import { describe, expect, it } from 'vitest';
import type { Session } from '../tensor.js';
import { openRuntime } from './index.js';
import { frames, TINY_SIZE, tinyEncoder } from './tiny-graph.fixture.js';
import type { Runtime } from './types.js';

async function opened(work: (session: Session, runtime: Runtime) => Promise<void>): Promise<void> {
  const runtime = await openRuntime({ backend: 'wasm' });
  try {
    await work(await runtime.openSession(tinyEncoder()), runtime);
  } finally {
    await runtime.dispose();
  }
}

describe('openRuntime', () => {
  it('runs WebAssembly on one thread in Node and says why', async () => {
    const runtime = await openRuntime({ backend: 'auto', threads: 4 });
    expect(runtime.backend).toMatchObject({ name: 'wasm', entry: 'wasm', threads: 1 });
    expect(runtime.backend.reason).toMatch(/Node has no WebGPU/);
    await runtime.dispose();
  });

  it('refuses WebGPU where there is none instead of moving away quietly', async () => {
    await expect(openRuntime({ backend: 'webgpu' })).rejects.toMatchObject({
      code: 'backend/unavailable',
    });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %d threads', async (threads) => {
    await expect(openRuntime({ threads })).rejects.toMatchObject({ code: 'verifier/invalid' });
  });
});

describe('Session', () => {
  it('runs any number of frames and answers on the CPU', () =>
    opened(async (session) => {
      expect(session.inputNames).toEqual(['x']);
      expect(session.outputNames).toEqual(['y']);
      const [few, many] = await Promise.all([
        session.run({ x: frames(5) }),
        session.run({ x: frames(300) }),
      ]);
      expect(few.y?.data).toHaveLength(TINY_SIZE);
      const expected = Array.from({ length: TINY_SIZE }, (_, j) => {
        let sum = 0;
        for (let i = 0; i < 80; i++) sum += (0.5 * Math.sin(i * TINY_SIZE + j)) / 40;
        return Math.tanh(sum);
      });
      for (const [j, value] of expected.entries()) {
        expect(Number(few.y?.data[j])).toBeCloseTo(value, 6);
        expect(Number(many.y?.data[j])).toBeCloseTo(value, 6);
      }
    }));

  it('refuses bytes that are no graph', () =>
    opened(async (_session, runtime) => {
      for (const bytes of [new Uint8Array(), new Uint8Array(100), tinyEncoder().subarray(0, 900)]) {
        await expect(runtime.openSession(bytes)).rejects.toMatchObject({
          code: 'model/unsupported',
        });
      }
    }));

  it('refuses inputs that disagree with themselves or the graph', () =>
    opened(async (session) => {
      const short = { ...frames(5), dims: [1, 6, 80] };
      await expect(session.run({ x: short })).rejects.toMatchObject({ code: 'graph/invalid' });
      const integers = { type: 'int64', dims: [1], data: new Float32Array(1) } as const;
      await expect(session.run({ x: integers })).rejects.toMatchObject({ code: 'graph/invalid' });
      await expect(session.run({})).rejects.toMatchObject({ code: 'backend/failed' });
      const narrow = { type: 'float32', dims: [1, 1, 3], data: new Float32Array(3) } as const;
      await expect(session.run({ x: narrow })).rejects.toMatchObject({ code: 'backend/failed' });
      // None of which keeps the next run from working.
      expect((await session.run({ x: frames(5) })).y?.data).toHaveLength(TINY_SIZE);
    }));

  it('lets a run that was accepted end before it is disposed', () =>
    opened(async (session) => {
      const run = session.run({ x: frames(50) });
      const disposal = session.dispose();
      expect((await run).y?.data).toHaveLength(TINY_SIZE);
      await disposal;
      await session.dispose();
      await expect(session.run({ x: frames(5) })).rejects.toMatchObject({
        code: 'disposed',
      });
    }));

  it('is disposed with its runtime, which then opens no more', () =>
    opened(async (session, runtime) => {
      const opening = runtime.openSession(tinyEncoder());
      const refused = expect(opening).rejects.toMatchObject({ code: 'disposed' });
      await Promise.all([runtime.dispose(), runtime.dispose()]);
      await refused;
      await expect(session.run({ x: frames(5) })).rejects.toMatchObject({
        code: 'disposed',
      });
      await expect(runtime.openSession(tinyEncoder())).rejects.toMatchObject({
        code: 'disposed',
      });
    }));

  it('does not grow while it runs', () =>
    opened(async (session) => {
      const run = async (times: number): Promise<number> => {
        for (let i = 0; i < times; i++) await session.run({ x: frames(200) });
        return process.memoryUsage().rss;
      };
      // 64 kB of input each time: kept, it would be 180 MB. The collector's own ups and downs are not.
      const before = Math.max(await run(100), await run(100));
      const after = Math.min(await run(2800), await run(100), await run(100));
      expect(after - before).toBeLessThan(96 * 2 ** 20);
    }));
});
