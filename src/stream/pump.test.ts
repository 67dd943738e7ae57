import { describe, expect, it } from 'vitest';
import type { HeardStep, Listening } from '../engine/live/types.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { StreamPump } from './pump.js';

const options = { sampleRate: 16_000, blockSamples: 1600, mostWaiting: 8000 };

/** An engine that answers when it is told to. */
function heldEngine() {
  const blocks: Float32Array[] = [];
  const lengths: number[] = [];
  let release: (() => void) | undefined;
  let held = false;
  const voice: Listening = {
    async push(samples, length): Promise<HeardStep> {
      blocks.push(samples);
      lengths.push(length);
      if (held) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return {
        samples,
        speaking: false,
        silentSeconds: 0,
        speechSeconds: 0,
        turn: 0,
        turnSeconds: 0,
        embedding: undefined,
        milliseconds: 50,
        backend: { name: 'wasm', entry: 'wasm', threads: 1, adapter: undefined, reason: '' },
      };
    },
    endTurn: async () => undefined,
    reset: async () => undefined,
    [asyncDispose]: async () => undefined,
  };
  return {
    voice,
    blocks,
    lengths,
    hold: () => {
      held = true;
    },
    async let(count: number) {
      for (let i = 0; i < count; i++) {
        release?.();
        await settle();
      }
    },
    letAll: () => {
      held = false;
      release?.();
    },
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

function open() {
  const told: string[] = [];
  const pump = new StreamPump(options, {
    onStep: () => told.push('step'),
    onDropped: () => told.push('dropped'),
    onFailure: (error) => told.push(String(error)),
  });
  return { pump, told, engine: heldEngine() };
}

describe('StreamPump', () => {
  it('hands on whole blocks, and the rest when it drains', async () => {
    const { pump, engine, told } = open();
    pump.connect(engine.voice);
    for (let i = 0; i < 10; i++) pump.write(new Float32Array(500));
    await settle();
    expect(engine.lengths).toEqual([1600, 1600, 1600]);
    await pump.drain();
    expect(engine.lengths).toEqual([1600, 1600, 1600, 200]);
    expect(told).toHaveLength(4);
    expect(pump.seconds).toBeCloseTo(5000 / 16_000, 10);
    expect(pump.load).toBeCloseTo(0.5, 0);
  });

  it('goes round on the same block', async () => {
    const { pump, engine } = open();
    pump.connect(engine.voice);
    for (let i = 0; i < 50; i++) {
      pump.write(new Float32Array(1600));
      await settle();
    }
    expect(engine.blocks).toHaveLength(50);
    expect(new Set(engine.blocks).size).toBe(1);
  });

  it('drops the oldest of live audio, says so once per episode, and counts it as time', async () => {
    const { pump, engine, told } = open();
    engine.hold();
    pump.connect(engine.voice);
    for (let i = 0; i < 20; i++) pump.write(new Float32Array(1600).fill(i));
    expect(told).toEqual(['dropped']);
    // One block is on its way, five wait.
    expect(pump.droppedSeconds).toBeCloseTo((20 - 6) * 0.1, 10);
    engine.letAll();
    await pump.drain();
    expect(engine.blocks).toHaveLength(6);
    expect(pump.seconds).toBeCloseTo(2, 10);
    engine.hold();
    for (let i = 0; i < 20; i++) pump.write(new Float32Array(1600));
    expect(told.filter((line) => line === 'dropped')).toHaveLength(2);
    engine.letAll();
    await pump.drain();
  });

  it('drops nothing of a long recording that is waited for, and answers when it is through', async () => {
    const { pump, engine, told } = open();
    engine.hold();
    pump.connect(engine.voice);
    let answered = false;
    const pushed = pump.push(new Float32Array(32_000)).then(() => {
      answered = true;
    });
    await settle();
    expect(answered).toBe(false);
    await engine.let(10);
    expect(answered).toBe(false);
    engine.letAll();
    await pushed;
    await pump.drain();
    expect(engine.lengths).toHaveLength(20);
    expect([told.includes('dropped'), pump.droppedSeconds]).toEqual([false, 0]);
  });

  it('takes pushes that nobody waits for as live', async () => {
    const { pump, engine, told } = open();
    engine.hold();
    pump.connect(engine.voice);
    const pushes = Array.from({ length: 40 }, () => pump.push(new Float32Array(800)));
    expect(told).toEqual(['dropped']);
    engine.letAll();
    await Promise.all(pushes);
  });

  it('keeps audio while there is no engine, and counts what was lost with one', async () => {
    const { pump, engine, told } = open();
    pump.write(new Float32Array(3200));
    await settle();
    expect(told).toEqual([]);
    const broken = { ...engine.voice, push: () => Promise.reject(new Error('lost')) };
    pump.connect(broken);
    await settle();
    expect(told).toEqual(['Error: lost']);
    expect([pump.seconds, pump.droppedSeconds]).toEqual([0.1, 0.1]);
    pump.connect(engine.voice);
    await settle();
    expect(engine.lengths).toEqual([1600]);
  });

  it('forgets what waits when it is cleared or stopped, and keeps nobody waiting', async () => {
    const { pump, engine } = open();
    engine.hold();
    pump.connect(engine.voice);
    const pushed = pump.push(new Float32Array(16_000));
    const cleared = pump.clear();
    engine.letAll();
    await Promise.all([pushed, cleared]);
    expect(pump.seconds).toBe(0);
    pump.stop();
    const late = pump.push(new Float32Array(16_000));
    pump.stop();
    await late;
    expect(engine.blocks).toHaveLength(1);
  });
});
