import type { StreamEvent } from 'voiceprint-web';

/** Events that are kept for reading and copying. */
const KEPT = 1000;

/** A stream's events in the order they came, the oldest forgotten first. */
export class EventLog {
  readonly #events: StreamEvent[] = [];
  #forgotten = 0;

  get events(): readonly StreamEvent[] {
    return this.#events;
  }

  /** How many came in all. */
  get count(): number {
    return this.#events.length + this.#forgotten;
  }

  add(event: StreamEvent): void {
    this.#events.push(event);
    if (this.#events.length <= KEPT) return;
    this.#events.shift();
    this.#forgotten += 1;
  }

  /** One JSON object per line, as they were sent. */
  toJsonLines(): string {
    return this.#events.map((event) => JSON.stringify(event, plainError)).join('\n');
  }

  clear(): void {
    this.#events.length = 0;
    this.#forgotten = 0;
  }
}

/** An `Error` has no enumerable properties, so JSON would show it as `{}`. */
function plainError(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { ...('code' in value ? { code: value.code } : {}), message: value.message };
}
