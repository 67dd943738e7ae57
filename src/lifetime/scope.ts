/** Something that was opened and must be closed. */
export type Disposer = () => void | Promise<void>;

/**
 * One node of the disposal tree. What is opened is deferred to a scope; closing the scope closes
 * it, last opened first, and every child scope with it.
 */
export interface Scope {
  readonly disposed: boolean;
  /** Registers a disposer; returns a function that takes it out again without calling it. */
  defer(dispose: Disposer): () => void;
  /** A scope that is disposed with this one, or before it on its own. */
  child(): Scope;
  /** Idempotent: a second call returns the promise of the first. */
  dispose(): Promise<void>;
}

/** Opens a root scope. A disposer that is deferred to a disposed scope runs at once. */
export function openScope(): Scope {
  const disposers = new Set<Disposer>();
  let disposal: Promise<void> | undefined;

  const scope: Scope = {
    get disposed() {
      return disposal !== undefined;
    },
    defer(dispose) {
      if (disposal !== undefined) {
        disposal = disposal.then(dispose);
        return () => undefined;
      }
      // Wrapped, so that the same function deferred twice runs twice.
      const entry: Disposer = () => dispose();
      disposers.add(entry);
      return () => disposers.delete(entry);
    },
    child() {
      const inner = openScope();
      const forget = scope.defer(() => inner.dispose());
      inner.defer(() => {
        forget();
      });
      return inner;
    },
    dispose() {
      disposal ??= disposeAll([...disposers].reverse()).finally(() => disposers.clear());
      return disposal;
    },
  };
  return scope;
}

/** Runs every disposer even if one fails, then reports the first failure. */
async function disposeAll(disposers: readonly Disposer[]): Promise<void> {
  const failures: unknown[] = [];
  for (const dispose of disposers) {
    try {
      await dispose();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
