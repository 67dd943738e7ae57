import { VoiceprintError } from '../../errors.js';
import type { MicrophoneSettings } from '../types.js';

/**
 * What a voiceprint wants of a microphone: one channel, and none of the processing that calls
 * need, since each of these changes the voice.
 */
const MICROPHONE_CONSTRAINTS = {
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
  channelCount: 1,
} as const satisfies MediaTrackConstraints;

/**
 * Asks the person for the microphone.
 *
 * @param deviceId - One of `navigator.mediaDevices.enumerateDevices()`; the browser's choice
 * without it.
 * @throws VoiceprintError `audio/microphone-refused`, `audio/microphone-missing`, or
 * `audio/microphone-lost` when another program holds the device.
 */
export async function requestMicrophone(deviceId?: string): Promise<MediaStream> {
  const devices = globalThis.navigator?.mediaDevices;
  if (devices?.getUserMedia === undefined) {
    throw new VoiceprintError(
      'audio/microphone-missing',
      'this page has no access to microphones; serve it over https or from localhost',
    );
  }
  const device = deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
  return devices.getUserMedia({ audio: { ...MICROPHONE_CONSTRAINTS, ...device } });
}

/** The error that a failed `getUserMedia` (or `getStream`) stands for. */
export function microphoneError(cause: unknown): VoiceprintError {
  if (cause instanceof VoiceprintError) return cause;
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return new VoiceprintError(
      'audio/microphone-refused',
      'the microphone was refused; allow it for this site in the browser and try again',
      { cause },
    );
  }
  if (name === 'NotFoundError' || name === 'OverconstrainedError') {
    return new VoiceprintError(
      'audio/microphone-missing',
      'no such microphone was found; connect one or choose another',
      { cause },
    );
  }
  return new VoiceprintError(
    'audio/microphone-lost',
    `the microphone could not be started (${name || String(cause)}); close other programs that use it and try again`,
    { cause },
  );
}

/**
 * The audio track of a stream.
 *
 * @throws VoiceprintError `audio/microphone-missing` without a live one.
 */
export function audioTrackOf(stream: MediaStream): MediaStreamTrack {
  const track = stream.getAudioTracks().find(({ readyState }) => readyState === 'live');
  if (track === undefined) {
    throw new VoiceprintError(
      'audio/microphone-missing',
      `the stream has no live audio track (${stream.getTracks().length} tracks); give one that has`,
    );
  }
  return track;
}

/** What was granted, as the track tells it. `contextRate` in Hz stands in for an untold rate. */
export function grantedSettings(track: MediaStreamTrack, contextRate: number): MicrophoneSettings {
  const settings = track.getSettings();
  return {
    label: track.label,
    sampleRate: settings.sampleRate ?? contextRate,
    echoCancellation: onOrOff(settings.echoCancellation),
    noiseSuppression: onOrOff(settings.noiseSuppression),
    autoGainControl: onOrOff(settings.autoGainControl),
  };
}

/** Echo cancellation may be told as the name of its kind, which means that it is on. */
function onOrOff(setting: boolean | string | undefined): boolean | undefined {
  return setting === undefined ? undefined : setting !== false;
}
