import type { VoiceprintError } from '../../errors.js';
import type { MicrophoneSettings } from '../types.js';

/** Opens a microphone: what recordings and streams need of one. `microphone.ts` opens the device's. */
export type OpenMicrophone = (options: {
  /** Called with 16 kHz mono samples; the array is the callee's to keep, unless `reuse`. */
  readonly onSamples: (samples: Float32Array) => void;
  /** Called at most once, when the device went away. */
  readonly onLost: (error: VoiceprintError) => void;
  /** Called when the system muted the device for a while, and when it no longer does. */
  readonly onMuted?: (muted: boolean) => void;
  /** The arrays are taken back when `onSamples` returns. */
  readonly reuse?: boolean;
  readonly getStream?: () => Promise<MediaStream>;
  /** The tracks of `getStream` are left running. */
  readonly keepTracks?: boolean;
  readonly signal?: AbortSignal;
}) => Promise<{ readonly settings: MicrophoneSettings; close(): void | Promise<void> }>;
