import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withProgressBar } from './files-progress.js';

/** Everything that was written to stderr. */
let shown = '';

beforeEach(() => {
  shown = '';
  vi.useFakeTimers();
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    shown += String(text);
    return true;
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('withProgressBar', () => {
  it('shows files done and the time left', async () => {
    await withProgressBar(async (onProgress) => {
      onProgress(0, 1000);
      for (let done = 1; done <= 100; done++) {
        await vi.advanceTimersByTimeAsync(100);
        onProgress(done, 1000);
      }
    });
    // Ten seconds for a hundred files leave ninety for nine hundred.
    expect(shown).toMatch(/100\/1000 files, 1m30s left/);
  });

  it('shows nothing where nothing is to be done', async () => {
    const result = await withProgressBar(async (onProgress) => {
      onProgress(5, 5);
      return 'answer';
    });
    expect(result).toBe('answer');
    expect(shown).toBe('');
  });

  it('ends its line when the work fails', async () => {
    const failing = withProgressBar(async (onProgress) => {
      onProgress(1, 5);
      throw new Error('the third file is broken');
    });
    await expect(failing).rejects.toThrow('the third file is broken');
    expect(shown).toMatch(/1\/5 files, .* left\n+$/);
  });
});
