import { createSerialQueue, type SerialQueue } from '../lifetime/serial-queue.js';

/** Where changes of voiceprints wait for each other. */
export type ChangeQueue = Pick<SerialQueue, 'run'>;

/**
 * The queue for changes of the voiceprints on this device. Other tabs and other verifiers of this
 * page wait in the same one: an enrollment reads, then writes, and of two at once one would be lost.
 *
 * Without Web Locks, or where the browser refuses them, the queue is this verifier's own.
 *
 * @param vaultName - Name of the database that is changed.
 */
export function openDeviceQueue(vaultName: string): ChangeQueue {
  const own = createSerialQueue();
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return own;
  return {
    async run<T>(task: () => Promise<T>): Promise<T> {
      const started: Promise<T>[] = [];
      const whileLocked = async (): Promise<void> => {
        const result = task();
        started.push(result);
        // Its failure is the caller's, not the lock's.
        await result.catch(() => undefined);
      };
      await locks.request(`voiceprint-web/${vaultName}`, whileLocked).catch(() => undefined);
      const [result] = started;
      return result ?? own.run(task);
    },
  };
}
