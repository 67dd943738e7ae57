/** Milliseconds of the clock. */
export function clock(): number {
  return performance.now();
}

/**
 * Milliseconds of processor time. On one thread it is what the clock would show on an idle machine,
 * and other work does not count.
 */
export function processor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How {@link timesInTurns} measures. */
export interface TurnOptions {
  readonly rounds: number;
  /** Rounds before those that count: V8 compiles WebAssembly a second time while it runs. */
  readonly warmUp: number;
  /** {@link clock} or {@link processor}. */
  readonly now: () => number;
}

/**
 * Times each work once a round, one after the other, so that a busy machine slows all alike.
 *
 * @returns the times of every work by its name, in the order of the rounds.
 */
export async function timesInTurns<Name extends string>(
  works: Readonly<Record<Name, () => unknown>>,
  { rounds, warmUp, now }: TurnOptions,
): Promise<Record<Name, number[]>> {
  const entries = Object.entries<() => unknown>(works);
  const times = new Map<string, number[]>(entries.map(([name]) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, work] of entries) {
      const started = now();
      await work();
      if (round >= 0) times.get(name)?.push(now() - started);
    }
  }
  return Object.fromEntries(times) as Record<Name, number[]>;
}
