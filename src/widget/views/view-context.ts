import type { Task } from '../session-state.js';
import type { WidgetStrings } from '../strings.js';
import type { MeterColumn } from './view-parts.js';

/** What the views may ask the element to do. */
export interface ViewActions {
  readonly consent: () => void;
  readonly begin: (task: Task) => void;
  readonly stop: () => void;
  readonly cancel: () => void;
  readonly again: () => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

export interface ViewContext {
  readonly strings: WidgetStrings;
  readonly actions: ViewActions;
  /** Recent levels of a recording, oldest first; `'heard'` where there was speech. */
  readonly levels: readonly MeterColumn[];
  /** Seconds of speech that enrolling still takes, once the model is known. */
  readonly enrollSeconds: number | undefined;
  /** Both ends of the score axis. */
  readonly scoreRange: readonly [number, number];
  /** What may follow an enrollment. */
  readonly next: 'verify' | 'listen' | undefined;
  /** Whether more is to be agreed to than a single check. */
  readonly continuous: boolean;
}
