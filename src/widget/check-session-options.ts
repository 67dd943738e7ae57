import type { StreamEvent, StreamSummary } from '../stream/types.js';
import type { LoadProgress, RecordOptions, Verifier } from '../verifier/types.js';
import type { ConsentStore } from './consent.js';
import type { ListeningOptions } from './listening.js';
import type { CheckMode, CheckState } from './session-state.js';

/** A verifier, and whether ending the session ends it too. */
export interface LoadedVerifier {
  readonly verifier: Verifier;
  readonly owned: boolean;
}

export interface CheckSessionOptions {
  readonly speaker: string;
  readonly mode: CheckMode;
  readonly falseAcceptRate: number | undefined;
  readonly consent: ConsentStore;
  /** A verifier that is there already, so that the vault can be asked before consent is. */
  readonly verifier: Verifier | undefined;
  readonly load: (
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ) => Promise<LoadedVerifier>;
  readonly getStream: RecordOptions['getStream'] | undefined;
  /** Listens on and on where another check verifies once. */
  readonly continuous?: boolean;
  readonly listening?: ListeningOptions;
  readonly onStreamEvent?: (event: StreamEvent) => void;
  readonly onStopped?: (summary: StreamSummary) => void;
  readonly onState: (state: CheckState, previous: CheckState) => void;
}
