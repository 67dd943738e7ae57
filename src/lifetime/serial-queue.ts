/** Runs tasks one after the other, in the order in which they were given. */
export interface SerialQueue {
  /** Resolves or rejects as the task does; a failing task does not stop those after it. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Resolves when everything that was given so far has ended. */
  idle(): Promise<void>;
}

/**
 * onnxruntime-web holds one WebAssembly instance per page or worker, and its `create` and `run`
 * must not overlap.
 */
export function createSerialQueue(): SerialQueue {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const result = tail.then(task);
      tail = result.catch(() => undefined);
      return result;
    },
    async idle() {
      await tail;
    },
  };
}
