import type * as Ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { openScope } from '../lifetime/scope.js';
import { createSerialQueue } from '../lifetime/serial-queue.js';
import type { Session } from '../tensor.js';
import { openDevice } from './gpu-device.js';
import type { LoadedOrt } from './ort.js';
import { createSession } from './session.js';

/** A device that is lost when the test says so, through the adapter's own door. */
async function losable() {
  let lose: (info: GPUDeviceLostInfo) => void = () => undefined;
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
    lose = resolve;
  });
  const device: Partial<GPUDevice> = { lost, destroy: () => undefined };
  const adapter: Partial<GPUAdapter> = {
    features: new Set<string>(),
    limits: {} as GPUSupportedLimits,
    requestDevice: async () => device as GPUDevice,
  };
  const info = { reason: 'unknown', message: 'driver restarted' } as GPUDeviceLostInfo;
  return { device: await openDevice(adapter as GPUAdapter), lose: () => lose(info) };
}

/** A build of onnxruntime whose runs end when the test says so, or never. */
function fakeBuild() {
  const runs: (() => void)[] = [];
  let released = 0;
  class Tensor {
    readonly location = 'cpu';
    constructor(
      readonly type: string,
      readonly data: unknown,
      readonly dims: readonly number[],
    ) {}
  }
  const inner = {
    inputNames: ['x'],
    outputNames: ['y'],
    run: () =>
      new Promise((resolve) =>
        runs.push(() => resolve({ y: new Tensor('float32', Float32Array.of(1), [1]) })),
      ),
    release: () => {
      released += 1;
      // Like everything on a build that is stuck in a run.
      return new Promise(() => undefined);
    },
  };
  const ort: Partial<Record<keyof typeof Ort, unknown>> = {
    Tensor,
    InferenceSession: { create: async () => inner },
  };
  const loaded: LoadedOrt = {
    ort: ort as typeof Ort,
    entry: 'jspi',
    threads: 1,
    queue: createSerialQueue(),
  };
  return { loaded, runs, released: () => released };
}

const INPUT = { x: { type: 'float32', dims: [1], data: Float32Array.of(1) } } as const;
const LOST = { code: 'backend/failed', message: expect.stringContaining('driver restarted') };

describe('a device that is lost', () => {
  it.each([1, 3, 10])(
    'ends %d runs that are under way or wait, on the device and beside it',
    async (count) => {
      const { device, lose } = await losable();
      const { loaded, runs, released } = fakeBuild();
      const scope = openScope();
      const onGpu = await createSession({ loaded, gpu: device, scope }, new Uint8Array());
      const beside = await createSession(
        { loaded, gpu: undefined, device, scope },
        new Uint8Array(),
      );
      const calls = Array.from({ length: count }, (_, i) => (i % 2 ? beside : onGpu).run(INPUT));
      const settled = Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(LOST)));
      await new Promise((resolve) => setTimeout(resolve, 0));
      // One runs, and never ends; the others wait for it.
      expect(runs).toHaveLength(1);
      lose();
      await settled;
      for (const session of [onGpu, beside]) {
        await expect(session.run(INPUT)).rejects.toMatchObject(LOST);
      }
      // Nothing is asked of a build that may never answer.
      await scope.dispose();
      expect(released()).toBe(0);
    },
  );

  it('leaves runs alone that ended before', async () => {
    const { device, lose } = await losable();
    const { loaded, runs } = fakeBuild();
    const scope = openScope();
    const session: Session = await createSession({ loaded, gpu: device, scope }, new Uint8Array());
    const run = session.run(INPUT);
    await new Promise((resolve) => setTimeout(resolve, 0));
    runs[0]?.();
    expect((await run).y?.data).toEqual(Float32Array.of(1));
    lose();
    await scope.dispose();
  });
});
