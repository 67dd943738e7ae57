import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { add, concat, GraphBuilder, lastOf, slice, sum } from '../onnx/index.js';
import type { TensorValue } from '../tensor.js';
import { openRuntime } from './index.js';
import type { Runtime, StreamingSession } from './types.js';

const CHANNELS = 3;
const CARRIED = 4;
const STATES = { past: { output: 'next', dims: [1, CARRIED, CHANNELS] } };

/** Each frame plus the one CARRIED frames before it. */
function delayGraph(): Uint8Array {
  const g = new GraphBuilder({ name: 'delay' });
  const x = g.input('x', 'float32', ['batch', 'frames', CHANNELS]);
  const past = g.input('past', 'float32', ['batch', CARRIED, CHANNELS]);
  const joined = concat(g, [past, x], 1);
  g.output('y', add(g, x, slice(g, joined, 1, 0, CARRIED)));
  g.output('next', lastOf(g, joined, 1, CARRIED));
  g.output('total', sum(g, x, 1));
  return g.finish();
}

const frame = (t: number, channel: number) => Math.sin(t * CHANNELS + channel + 1);
const expected = (t: number, channel: number) =>
  Math.fround(frame(t, channel)) + Math.fround(t < CARRIED ? 0 : frame(t - CARRIED, channel));

function chunk(from: number, to: number): Record<string, TensorValue> {
  const data = new Float32Array((to - from) * CHANNELS);
  for (let i = 0; i < data.length; i++) {
    data[i] = frame(from + Math.floor(i / CHANNELS), i % CHANNELS);
  }
  return { x: { type: 'float32', dims: [1, to - from, CHANNELS], data } };
}

/** Runs frames `from` to `to` and holds each to what it must be. */
async function push(session: StreamingSession, from: number, to: number, start = 0): Promise<void> {
  const { y } = await session.run(chunk(from, to));
  expect(y?.dims).toEqual([1, to - from, CHANNELS]);
  for (const [i, value] of (y?.data ?? []).entries()) {
    const t = from + Math.floor(i / CHANNELS) - start;
    const shifted = (when: number) => Math.fround(frame(when + start, i % CHANNELS));
    expect(value).toBe(Math.fround(shifted(t) + (t < CARRIED ? 0 : shifted(t - CARRIED))));
  }
}

const code = (value: string) => expect.objectContaining({ code: value });
const median = (times: readonly number[]) =>
  [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

describe('StreamingSession', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ backend: 'wasm' });
  });
  afterAll(() => runtime.dispose());
  const open = () => runtime.openStreamingSession(delayGraph(), { states: STATES });

  it('hands its states on by itself and answers with the rest', async () => {
    const session = await open();
    expect(session.inputNames).toEqual(['x']);
    expect(session.outputNames).toEqual(['y', 'total']);
    for (const [from, to] of [
      [0, 1],
      [1, 8],
      [8, 10],
      [10, 11],
      [11, 30],
    ] as const) {
      await push(session, from, to);
    }
    expect(Object.keys(await session.run(chunk(30, 31)))).toEqual(['y', 'total']);
    expect(expected(5, 0)).toBeCloseTo(frame(5, 0) + frame(1, 0), 6);
    await session.dispose();
  });

  it('keeps the order of chunks that were given at once, and of a reset between them', async () => {
    const session = await open();
    await Promise.all([
      push(session, 0, 3),
      push(session, 3, 9),
      session.reset(),
      push(session, 9, 12, 9),
      push(session, 12, 20, 9),
    ]);
    await session.dispose();
  });

  it('keeps two streams of one graph apart', async () => {
    const [one, other] = [await open(), await open()];
    await push(one, 0, 6);
    await push(other, 6, 9, 6);
    await push(one, 6, 12);
    await push(other, 9, 14, 6);
    await Promise.all([one.dispose(), other.dispose()]);
  });

  it.each([
    ['another number of channels', { type: 'float32', dims: [1, 2, 4], data: new Float32Array(8) }],
    ['another batch', { type: 'float32', dims: [2, 1, 3], data: new Float32Array(6) }],
    ['no frame', { type: 'float32', dims: [1, 0, 3], data: new Float32Array(0) }],
    ['another rank', { type: 'float32', dims: [2, 3], data: new Float32Array(6) }],
    ['another type', { type: 'int32', dims: [1, 2, 3], data: new Int32Array(6) }],
    ['too few values', { type: 'float32', dims: [1, 2, 3], data: new Float32Array(5) }],
  ] as const)('refuses a chunk with %s, and goes on as if it had not come', async (_, x) => {
    const session = await open();
    await push(session, 0, 5);
    await expect(session.run({ x })).rejects.toEqual(code('graph/invalid'));
    await push(session, 5, 7);
    await session.dispose();
  });

  it('refuses inputs that a chunk has not, lacks, or must not have', async () => {
    const session = await open();
    const { x } = chunk(0, 2);
    const zeros = { type: 'float32', dims: [1, 4, 3], data: new Float32Array(12) } as const;
    for (const [inputs, words] of [
      [{}, 'lacks input "x"'],
      [{ ...chunk(0, 2), z: zeros }, 'no input "z"'],
      [{ ...chunk(0, 2), past: zeros }, 'hands on by itself'],
    ] as const) {
      await expect(session.run(inputs)).rejects.toThrow(words);
    }
    expect(x?.data).toHaveLength(6);
    await session.dispose();
  });

  it.each([
    ['no state', {}, 'needs a state'],
    ['an unknown input', { nothing: { output: 'next', dims: [1, 4, 3] } }, 'no input "nothing"'],
    ['an unknown output', { past: { output: 'nothing', dims: [1, 4, 3] } }, 'no output "nothing"'],
    ['a wrong size', { past: { output: 'next', dims: [1, 5, 3] } }, 'axis 1 must be 4'],
    ['a wrong rank', { past: { output: 'next', dims: [4, 3] } }, 'expected [batch, 4, 3]'],
    ['no size', { past: { output: 'next', dims: [0, 4, 3] } }, 'whole numbers from 1'],
    ['another output', { past: { output: 'total', dims: [1, 4, 3] } }, 'axis 1 must be 1'],
  ])('refuses %s', async (_, states, words) => {
    const opening = runtime.openStreamingSession(delayGraph(), { states });
    await expect(opening).rejects.toEqual(code('graph/invalid'));
    await expect(opening).rejects.toThrow(words);
  });

  it('refuses a state that grows, and bytes that are no graph', async () => {
    const g = new GraphBuilder({ name: 'growing' });
    const x = g.input('x', 'float32', ['batch', 'frames', 1]);
    const past = g.input('past', 'float32', ['batch', 'past_frames', 1]);
    g.output('next', concat(g, [past, x], 1));
    const states = { past: { output: 'next', dims: [1, 2, 1] } };
    const session = await runtime.openStreamingSession(g.finish(), { states });
    const x1 = { type: 'float32', dims: [1, 1, 1], data: new Float32Array(1) } as const;
    await expect(session.run({ x: x1 })).rejects.toThrow('a state keeps its shape');
    await session.dispose();
    await expect(runtime.openStreamingSession(new Uint8Array(64), { states })).rejects.toEqual(
      code('model/unsupported'),
    );
  });

  it('ends the chunks that it accepted, then takes no more', async () => {
    const session = await open();
    const accepted = push(session, 0, 50);
    const disposal = session.dispose();
    await accepted;
    await Promise.all([disposal, session.dispose()]);
    await expect(session.run(chunk(0, 1))).rejects.toEqual(code('disposed'));
    await expect(session.reset()).rejects.toEqual(code('disposed'));
  });

  it('is disposed with its runtime, which then opens no more', async () => {
    const other = await openRuntime({ backend: 'wasm' });
    const session = await other.openStreamingSession(delayGraph(), { states: STATES });
    await other.dispose();
    await expect(session.run(chunk(0, 1))).rejects.toEqual(code('disposed'));
    await expect(other.openStreamingSession(delayGraph(), { states: STATES })).rejects.toEqual(
      code('disposed'),
    );
  });

  it('grows neither in memory nor in time over 10,000 chunks', async () => {
    const session = await open();
    const times: number[] = [];
    let before = 0;
    const frames = 4;
    for (let i = 0; i < 10_000; i++) {
      const start = performance.now();
      const { y } = await session.run(chunk(i * frames, (i + 1) * frames));
      times.push(performance.now() - start);
      if (i === 1_000) before = process.memoryUsage().rss;
      if (i % 1_000 === 999) {
        const t = i * frames + 1;
        expect(y?.data[CHANNELS]).toBeCloseTo(expected(t, 0), 5);
      }
    }
    const grown = process.memoryUsage().rss - before;
    const [first, last] = [median(times.slice(0, 1_000)), median(times.slice(-1_000))];
    console.info(
      `10,000 chunks: memory grew by ${(grown / 2 ** 20).toFixed(1)} MiB over the last 9,000; ` +
        `median time of the last thousand over the first: ${(last / first).toFixed(2)}`,
    );
    expect(grown).toBeLessThan(48 * 2 ** 20);
    await session.dispose();
  }, 120_000);
});
