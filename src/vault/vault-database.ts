import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import { VoiceprintError } from '../errors.js';
import type { SealedRecord, VaultKeys } from './sealing.js';
import { closedVault, storageError } from './vault-errors.js';

const VERSION = 1;

/** The only entry of the store `keys`. */
export const CURRENT_KEYS = 'current';

export interface VaultSchema extends DBSchema {
  keys: { key: string; value: VaultKeys };
  voiceprints: { key: string; value: SealedRecord };
}

export type StoreName = 'keys' | 'voiceprints';
export type VaultTransaction<Mode extends IDBTransactionMode> = IDBPTransaction<
  VaultSchema,
  StoreName[],
  Mode
>;

/**
 * One connection to the database of a vault, made when it is first needed and made again after
 * the browser or another tab closed it.
 */
export class VaultDatabase {
  readonly #name: string;
  #connection: Promise<IDBPDatabase<VaultSchema>> | undefined;
  #closed = false;

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Runs `work` in one transaction over all stores. It commits when `work` resolves and everything
   * in it succeeded; otherwise nothing of it is kept. `work` may await requests of the transaction
   * only: any other wait would let the transaction commit early.
   *
   * @throws VoiceprintError `vault/quota` or `vault/unavailable`.
   */
  async transact<Mode extends 'readonly' | 'readwrite', Result>(
    mode: Mode,
    work: (transaction: VaultTransaction<Mode>) => Promise<Result>,
  ): Promise<Result> {
    try {
      const transaction = await this.#begin(mode);
      try {
        const result = await work(transaction);
        await transaction.done;
        return result;
      } catch (error) {
        throw await abort(transaction, error);
      }
    } catch (error) {
      throw storageError(error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#disconnect();
  }

  async #begin<Mode extends 'readonly' | 'readwrite'>(mode: Mode): Promise<VaultTransaction<Mode>> {
    const begin = async () => {
      const database = await this.#connect();
      return database.transaction<StoreName[], Mode>(['keys', 'voiceprints'], mode, {
        durability: 'strict',
      });
    };
    try {
      return await begin();
    } catch (error) {
      // The connection was closed between two calls (another tab deleted the database, or the
      // browser cleared site data): one new connection is worth a try.
      if (this.#closed || !(error instanceof DOMException) || error.name !== 'InvalidStateError') {
        throw error;
      }
      this.#disconnect();
      return begin();
    }
  }

  #connect(): Promise<IDBPDatabase<VaultSchema>> {
    if (this.#closed) return Promise.reject(closedVault());
    if (this.#connection === undefined) {
      const connection = connect(this.#name, () => this.#disconnect());
      // A failed attempt is not kept: the reason may be gone next time.
      connection.catch(() => {
        if (this.#connection === connection) this.#connection = undefined;
      });
      this.#connection = connection;
    }
    return this.#connection;
  }

  #disconnect(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.then(
      (database) => database.close(),
      () => {},
    );
  }
}

function connect(name: string, onLost: () => void): Promise<IDBPDatabase<VaultSchema>> {
  if (typeof indexedDB === 'undefined' || indexedDB === null) {
    throw new VoiceprintError(
      'vault/unavailable',
      "this browser or context has no IndexedDB; leave private browsing, or keep voiceprints in memory with vault: 'memory'",
    );
  }
  return new Promise((resolve, reject) => {
    openDB<VaultSchema>(name, VERSION, {
      upgrade(database) {
        database.createObjectStore('keys');
        database.createObjectStore('voiceprints', { keyPath: 'id' });
      },
      blocked() {
        reject(
          new VoiceprintError(
            'vault/unavailable',
            'another tab holds an older version of the voiceprint storage open; close the other tabs of this page and try again',
          ),
        );
      },
      // Another tab upgrades or deletes the database: standing in its way would block it for good.
      blocking: onLost,
      terminated: onLost,
    }).then(resolve, reject);
  });
}

/** Ends a transaction without keeping anything of it. Returns the error that tells why. */
async function abort(
  transaction: VaultTransaction<'readonly' | 'readwrite'>,
  error: unknown,
): Promise<unknown> {
  try {
    transaction.abort();
  } catch {
    // It had ended by itself.
  }
  try {
    await transaction.done;
  } catch (reason) {
    // An abort by the browser (no room) says more than the request that failed with it.
    const name = reason instanceof DOMException ? reason.name : '';
    if (name === 'QuotaExceededError') return reason;
  }
  return error;
}
