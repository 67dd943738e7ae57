/** Remembers who agreed that a voiceprint is kept on this device. */
export interface ConsentStore {
  given(speaker: string): boolean;
  give(speaker: string): void;
  withdraw(speaker: string): void;
}

type KeyValueStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** A store that lasts as long as the page: for private windows and blocked site data. */
function pageStore(): KeyValueStore {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

const fallback = pageStore();

function deviceStore(): KeyValueStore {
  try {
    // Reading the property alone throws where site data is blocked.
    return globalThis.localStorage ?? fallback;
  } catch {
    return fallback;
  }
}

/**
 * Consent per speaker and vault. A consent that cannot be written to the device holds for the
 * page only: asking again is right, refusing to go on is not.
 */
export function openConsentStore(
  vaultName: string,
  store: KeyValueStore = deviceStore(),
): ConsentStore {
  const key = (speaker: string) => `voiceprint-consent/${vaultName}/${speaker}`;
  return {
    given: (speaker) => (store.getItem(key(speaker)) ?? fallback.getItem(key(speaker))) !== null,
    give(speaker) {
      const when = new Date().toISOString();
      try {
        store.setItem(key(speaker), when);
      } catch {
        fallback.setItem(key(speaker), when);
      }
    },
    withdraw(speaker) {
      fallback.removeItem(key(speaker));
      store.removeItem(key(speaker));
    },
  };
}
