import { afterEach, describe, expect, it, vi } from 'vitest';
import { withTimeLimit } from './time-limit.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('withTimeLimit', () => {
  it('settles as the work does, and leaves no timer', async () => {
    vi.useFakeTimers();
    expect(await withTimeLimit(Promise.resolve(7), 1000, () => 'late')).toBe(7);
    await expect(withTimeLimit(Promise.reject(new Error('no')), 1000, () => 0)).rejects.toThrow(
      'no',
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects with the reason when the work takes longer', async () => {
    vi.useFakeTimers();
    const late = vi.fn(() => new Error('late'));
    const waiting = expect(withTimeLimit(new Promise(() => undefined), 1000, late)).rejects.toThrow(
      'late',
    );
    await vi.advanceTimersByTimeAsync(999);
    expect(late).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
  });
});
