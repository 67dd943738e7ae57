interface Measuring {
  measureUserAgentSpecificMemory(): Promise<{ readonly bytes: number }>;
}

function measures(value: object): value is Measuring {
  return 'measureUserAgentSpecificMemory' in value;
}

/** Bytes in use by this page and its workers; only isolated pages of some browsers may know. */
export async function measureMemory(): Promise<number | undefined> {
  if (!crossOriginIsolated || !measures(performance)) return undefined;
  try {
    return (await performance.measureUserAgentSpecificMemory()).bytes;
  } catch {
    return undefined;
  }
}
