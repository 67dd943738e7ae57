import type {
  EnrolledSpeaker,
  Model,
  RecordingSession,
  RecordOptions,
  Verifier,
} from '../verifier/types.js';
import type { CheckEvent, RecordedTask } from './session-state.js';

/** Seconds of speech that a verification listens to, unless the model needs more. */
const VERIFY_SPEECH_SECONDS = 3;

/** Seconds of speech that a recording is made of. */
export function speechNeeded(
  { minimumSeconds, recommendedSeconds }: Model,
  task: RecordedTask,
  enrolled: EnrolledSpeaker | undefined,
): number {
  if (task === 'verify') return Math.max(minimumSeconds, VERIFY_SPEECH_SECONDS);
  const present = enrolled?.comparable ? enrolled.speechSeconds : 0;
  return Math.max(minimumSeconds, recommendedSeconds - present);
}

export interface RecordedTaskParts {
  readonly verifier: Verifier;
  readonly task: RecordedTask;
  readonly speaker: string;
  readonly falseAcceptRate: number | undefined;
  readonly enrolled: EnrolledSpeaker | undefined;
  readonly getStream: RecordOptions['getStream'] | undefined;
  readonly signal: AbortSignal;
  readonly dispatch: (event: CheckEvent) => void;
  /** The recording under way, and undefined when it is over. */
  readonly onRecording: (recording: RecordingSession | undefined) => void;
  /** Somebody was enrolled and can be found in the vault. */
  readonly onEnrolled: () => Promise<void>;
}

/** Records, then enrolls or verifies. Nothing is dispatched once the signal is aborted. */
export async function runRecordedTask(parts: RecordedTaskParts): Promise<void> {
  const { verifier, task, speaker, enrolled, getStream, signal, onRecording } = parts;
  const dispatch = (event: CheckEvent): void => {
    if (!signal.aborted) parts.dispatch(event);
  };
  const neededSeconds = speechNeeded(verifier.model, task, enrolled);
  const recording = await verifier.record({
    speechSeconds: neededSeconds,
    signal,
    onProgress: (progress) => dispatch({ type: 'recording-progress', progress }),
    ...(getStream ? { getStream } : {}),
  });
  if (signal.aborted) {
    recording.cancel();
    return;
  }
  onRecording(recording);
  dispatch({ type: 'recording-started', task, neededSeconds });
  const audio = await recording.finished;
  if (signal.aborted) return;
  onRecording(undefined);
  dispatch({ type: 'recorded', task });
  if (task === 'enroll') {
    const enrollment = await verifier.enroll(speaker, audio, {
      replace: enrolled?.comparable === false,
      signal,
      onProgress: (done) => dispatch({ type: 'scoring-progress', done }),
    });
    if (signal.aborted) return;
    await parts.onEnrolled();
    dispatch({ type: 'enrolled', enrollment });
    return;
  }
  const { falseAcceptRate } = parts;
  const verification = await verifier.verify(speaker, audio, {
    signal,
    ...(falseAcceptRate === undefined ? {} : { falseAcceptRate }),
  });
  dispatch({ type: 'verified', verification });
}
