/** Work that must not wait for ever when what it runs on goes away. */
export interface Lifeline {
  /** Settles as `work` does, or rejects with the reason of {@link Lifeline.cut} if that is first. */
  hold<T>(work: Promise<T>): Promise<T>;
  /** Rejects everything that is held, now and later. Only the first reason counts. */
  cut(reason: unknown): void;
}

/**
 * `Promise.race` against one promise that never settles would keep every result alive as long as
 * that promise lives. This forgets each piece of work as soon as it settles.
 */
export function createLifeline(): Lifeline {
  const held = new Set<(reason: unknown) => void>();
  let ended: { readonly reason: unknown } | undefined;
  return {
    hold(work) {
      if (ended !== undefined) {
        work.catch(() => undefined);
        return Promise.reject(ended.reason);
      }
      return new Promise((resolve, reject) => {
        held.add(reject);
        work.then(resolve, reject).finally(() => held.delete(reject));
      });
    },
    cut(reason) {
      if (ended !== undefined) return;
      ended = { reason };
      for (const reject of held) reject(reason);
      held.clear();
    },
  };
}
