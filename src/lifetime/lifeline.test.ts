import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createLifeline } from './lifeline.js';

describe('a lifeline', () => {
  it('settles as the work does', async () => {
    const line = createLifeline();
    expect(await line.hold(Promise.resolve(3))).toBe(3);
    await expect(line.hold(Promise.reject(new Error('own')))).rejects.toThrow('own');
  });

  it('rejects what is under way and what comes later, with the first reason', async () => {
    const line = createLifeline();
    const waiting = line.hold(new Promise(() => undefined));
    line.cut(new Error('gone'));
    line.cut(new Error('gone again'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(line.hold(Promise.reject(new Error('late')))).rejects.toThrow(/^gone$/);
  });

  it('leaves no rejection unhandled when work fails after the cut', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on('unhandledRejection', listen);
    const line = createLifeline();
    let fail: (reason: Error) => void = () => undefined;
    const held = line.hold(
      new Promise((_resolve, reject) => {
        fail = reject;
      }),
    );
    line.cut(new Error('gone'));
    await expect(held).rejects.toThrow('gone');
    fail(new Error('too late'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('keeps no result alive', async () => {
    setFlagsFromString('--expose-gc');
    const gc: unknown = runInNewContext('gc');
    if (typeof gc !== 'function') throw new Error('no garbage collector to call');
    const line = createLifeline();
    const results: WeakRef<object>[] = [];
    for (let i = 0; i < 20; i++) {
      results.push(new WeakRef(await line.hold(Promise.resolve({ i }))));
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
    gc();
    expect(results.slice(0, -1).every((result) => result.deref() === undefined)).toBe(true);
  });
});
