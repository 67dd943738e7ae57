/** Something that a law of the house forbids. */
export interface Finding {
  /** Where, by names that stay when lines move: a file, a symbol, a member. */
  readonly where: string;
  /** The file, where `where` does not name it. */
  readonly file?: string;
  /** What is wrong there, and how to mend it. */
  readonly what: string;
}

/** Reasons why a finding is let pass, by law and by {@link Finding.where}. */
export type Exceptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * What is left of a law's findings once the exceptions are taken off. An exception that nothing
 * needs any more is a finding itself, so that the list can only shrink.
 */
export function withoutExceptions(
  law: string,
  findings: readonly Finding[],
  exceptions: Exceptions,
): readonly Finding[] {
  const excused = new Map(Object.entries(exceptions[law] ?? {}));
  const found = new Set(findings.map(({ where }) => where));
  const stale = [...excused.keys()].filter((where) => !found.has(where));
  const unreasoned = [...excused].filter(([, reason]) => reason.trim() === '');
  return [
    ...findings.filter(({ where }) => !excused.has(where)),
    ...stale.map((where) => ({
      where,
      what: `is mended: take it off "${law}" in scripts/check/exceptions.json (or run npm run check -- --shrink)`,
    })),
    ...unreasoned.map(([where]) => ({
      where,
      what: `is excused under "${law}" in scripts/check/exceptions.json without a reason: write one`,
    })),
  ];
}
