/**
 * Settles as `work` does, or calls `late` and rejects with what it returns when `work` took longer.
 *
 * @param milliseconds - How long to wait; infinite waits for ever.
 * @param late - Makes the reason; called at most once.
 */
export function withTimeLimit<T>(
  work: Promise<T>,
  milliseconds: number,
  late: () => unknown,
): Promise<T> {
  if (!Number.isFinite(milliseconds)) return work;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), milliseconds);
    // In Node a timer alone must not keep the process.
    if (typeof timer === 'object' && 'unref' in timer) timer.unref();
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
