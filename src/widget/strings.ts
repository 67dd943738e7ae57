import type { QualityReason } from '../audio/types.js';
import type { VoiceprintErrorCode } from '../errors.js';
import type { StreamDegraded, StreamScore } from '../stream/types.js';
import type { LoadProgress, Verification } from '../verifier/types.js';
import type { HeardVoice } from './listening-state.js';
import type { RecordedTask, Task } from './session-state.js';

/** Every word that `<voiceprint-check>` shows or speaks. Replace any of them by `strings`. */
export interface WidgetStrings {
  readonly label: (speaker: string) => string;
  readonly title: Readonly<
    Record<
      Task | 'loading' | 'consent' | 'enrolled' | 'accepted' | 'rejected' | 'paused' | 'error',
      string
    >
  >;
  readonly loading: Readonly<Record<LoadProgress['stage'], string>>;
  readonly loadingCached: string;
  readonly bytes: (bytes: number, total: number) => string;
  readonly consent: {
    readonly points: readonly { readonly term: string; readonly text: string }[];
    readonly agree: string;
  };
  readonly ready: Readonly<Record<Task, (seconds: number | undefined) => string>>;
  readonly outdated: string;
  readonly start: Readonly<Record<Task, string>>;
  /** Something to read aloud for those who do not know what to say. */
  readonly prompt: Readonly<Record<RecordedTask, string>>;
  readonly microphone: string;
  readonly listening: string;
  readonly speakNow: string;
  readonly halfway: string;
  readonly remaining: (seconds: number) => string;
  readonly level: string;
  readonly levelValue: (share: number) => string;
  readonly progress: string;
  readonly stop: string;
  readonly cancel: string;
  readonly working: Readonly<Record<Task, string>>;
  /** The words of a continuous check. */
  readonly continuous: ContinuousStrings;
  readonly enrolled: (speechSeconds: number, completeness: number) => string;
  readonly addMore: string;
  readonly check: string;
  readonly decision: (verification: Verification) => string;
  readonly scoreLine: (score: number, threshold: number) => string;
  readonly again: string;
  readonly reload: string;
  readonly forget: string;
  readonly forgetAsk: string;
  readonly forgetYes: string;
  readonly forgetNo: string;
  readonly forgotten: string;
  readonly reasons: Readonly<Record<QualityReason, string>>;
  readonly errors: Partial<Readonly<Record<VoiceprintErrorCode, string>>>;
  readonly honest: string;
}

/** What a continuous check shows or speaks beyond the rest. */
export interface ContinuousStrings {
  /** What one agrees to beyond `consent`. */
  readonly consent: { readonly term: string; readonly text: string };
  readonly listeningFor: (speaker: string) => string;
  readonly voice: Readonly<Record<HeardVoice, (speaker: string) => string>>;
  readonly detail: Readonly<Record<HeardVoice | 'paused', string>>;
  /** Instead of a score while there is too little speech for one. */
  readonly noScore: string;
  readonly scoreLine: (score: StreamScore) => string;
  readonly microphone: Readonly<Record<'on' | 'off', string>>;
  readonly pause: string;
  readonly resume: string;
  readonly stop: string;
  /** Instead of the event's own message. */
  readonly troubles: Partial<Readonly<Record<StreamDegraded['reason'], string>>>;
}

const whole = new Intl.NumberFormat('en');
const score = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const megabytes = new Intl.NumberFormat('en', {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** A false-accept rate (0 to 1) in words: 0.01 is "about 1 in 100 other voices". */
export function falseAcceptWords(rate: number): string {
  if (!(rate > 0)) return 'none of the other voices measured';
  if (rate > 0.5) return `${Math.round(rate * 100)} % of other voices`;
  return `about 1 in ${whole.format(Math.round(1 / rate))} other voices`;
}

function seconds(value: number): string {
  const rounded = Math.ceil(value);
  return rounded === 1 ? '1 second' : `${rounded} seconds`;
}

function decision({ accepted, falseAcceptRate }: Verification): string {
  const odds =
    falseAcceptRate === undefined
      ? ''
      : ` At this setting ${falseAcceptWords(falseAcceptRate)} would pass.`;
  return accepted
    ? `This sounds like the enrolled voice.${odds}`
    : `This does not sound enough like the enrolled voice.${odds}`;
}

/** The default strings. */
export const ENGLISH: WidgetStrings = {
  label: (speaker) => `Voice check for ${speaker}`,
  title: {
    loading: 'Getting ready',
    consent: 'Before you enroll',
    enroll: 'Enroll your voice',
    verify: 'Check your voice',
    listen: 'Listen for your voice',
    enrolled: 'Voice enrolled',
    accepted: 'Match',
    rejected: 'No match',
    paused: 'Paused',
    error: 'That did not work',
  },
  loading: {
    manifest: 'Looking up the voice model',
    model: 'Downloading the voice model',
    backend: 'Starting the engine',
    'self-check': 'Checking that this device computes correctly',
    ready: 'Ready',
  },
  loadingCached: 'Reading the voice model from this device',
  bytes: (bytes, total) =>
    `${megabytes.format(bytes / 1e6)} of ${megabytes.format(total / 1e6)} MB`,
  consent: {
    points: [
      {
        term: 'What is kept',
        text: 'A voiceprint: a list of numbers computed from your speech. The recording itself is thrown away.',
      },
      {
        term: 'Where',
        text: 'Encrypted, in this browser on this device. Nothing is sent anywhere.',
      },
      {
        term: 'How to delete it',
        text: 'Press “Delete my voiceprint” here at any time, or clear this site’s data.',
      },
    ],
    agree: 'I agree, go on',
  },
  ready: {
    enroll: (needed) =>
      needed === undefined
        ? 'Speak in your normal voice, in a quiet place.'
        : `Speak for about ${seconds(needed)} in your normal voice, in a quiet place.`,
    verify: () => 'Say a sentence or two, as you normally speak.',
    listen: () =>
      'The microphone stays on until you pause or stop. What it hears is compared on this device and thrown away.',
  },
  outdated: 'Your voiceprint was made with another model and cannot be used. Please enroll again.',
  start: { enroll: 'Start speaking', verify: 'Check my voice', listen: 'Start listening' },
  prompt: {
    enroll:
      'The harbour was quiet before sunrise. Two boats drifted past the old lighthouse, and somebody on the pier was humming a tune that everyone in town seemed to know.',
    verify: 'My voice stays with me, on this device and nowhere else.',
  },
  microphone: 'Allow the microphone in your browser to go on.',
  listening: 'Listening',
  speakNow: 'Listening. Speak now.',
  halfway: 'Half way there. Keep speaking.',
  remaining: (left) => (left > 0 ? `${seconds(left)} of speech to go` : 'That is enough'),
  level: 'Microphone level',
  levelValue: (share) => (share < 0.15 ? 'quiet' : share > 0.92 ? 'too loud' : 'good'),
  progress: 'Speech collected',
  stop: 'Finish now',
  cancel: 'Cancel',
  working: {
    enroll: 'Making your voiceprint',
    verify: 'Comparing voices',
    listen: 'Getting ready to listen',
  },
  continuous: {
    consent: {
      term: 'While it listens',
      text: 'The microphone stays on until you press Pause or Stop. What it hears is compared with your voiceprint and thrown away.',
    },
    listeningFor: (speaker) => `Listening for ${speaker}`,
    voice: {
      silence: () => 'Nobody is speaking',
      unknown: () => 'Not sure yet',
      accepted: (speaker) => `Sounds like ${speaker}`,
      rejected: () => 'Somebody else',
    },
    detail: {
      silence: 'Speak as you normally do; the answer keeps up with you.',
      unknown: 'Keep talking: it takes a few seconds of speech to tell.',
      accepted: 'The voice is like the enrolled one.',
      rejected: 'The voice is not like the enrolled one.',
      paused: 'Nothing is heard until you resume.',
    },
    noScore: 'No score yet',
    scoreLine: (heard) =>
      `Score ${score.format(heard.score)}, needed ${score.format(heard.threshold)}`,
    microphone: { on: 'Microphone on', off: 'Microphone off' },
    pause: 'Pause',
    resume: 'Resume',
    stop: 'Stop',
    troubles: {
      'dropped-audio': 'This device is too slow to keep up, so some speech was left out.',
      'moved-to-wasm': 'The graphics device failed. Listening goes on without it.',
      'device-changed': 'Another microphone is in use now.',
      'microphone-muted': 'The microphone is muted.',
      'page-hidden': 'Listening may pause while this page is in the background.',
      'worker-restarted': 'The engine had to be started again; some speech was left out.',
    },
  },
  enrolled: (speechSeconds, completeness) =>
    completeness < 1
      ? `${Math.round(speechSeconds)} seconds of speech kept. A little more makes checks more reliable.`
      : `${Math.round(speechSeconds)} seconds of speech kept, as much as the model recommends.`,
  addMore: 'Add more speech',
  check: 'Check my voice',
  decision,
  scoreLine: (value, threshold) =>
    `Score ${score.format(value)}, needed ${score.format(threshold)}`,
  again: 'Try again',
  reload: 'Load again',
  forget: 'Delete my voiceprint',
  forgetAsk: 'Delete it for good?',
  forgetYes: 'Delete',
  forgetNo: 'Keep',
  forgotten: 'Your voiceprint was deleted.',
  reasons: {
    'too-short': 'Speak a little longer.',
    silent: 'Nothing was heard. Is the microphone muted?',
    'no-speech': 'No speech was heard. Say a full sentence.',
    'too-quiet': 'Your voice was faint. Move closer to the microphone.',
    clipped: 'The sound was distorted. Move back or turn the microphone down.',
    noisy: 'It was noisy. Find a quieter place.',
    'narrow-band': 'This sounds like a phone line. Another microphone works better.',
    'dc-offset': 'The microphone has an electrical fault, which was corrected.',
  },
  errors: {
    'audio/too-short': 'That was too short. Speak a little longer.',
    'audio/too-long': 'That was too long. A few sentences are enough.',
    'audio/silent': 'Nothing was heard. Check that the microphone is not muted.',
    'audio/no-speech': 'No speech was heard. Say a full sentence.',
    'audio/clipped': 'The sound was distorted. Move back or turn the microphone down.',
    'audio/inconsistent':
      'That sounded different from what was said before. Make sure only you are speaking.',
    'audio/undecodable': 'This audio could not be read.',
    'audio/microphone-refused':
      'The microphone is blocked. Allow it in the address bar, then try again.',
    'audio/microphone-missing': 'No microphone was found. Plug one in, then try again.',
    'audio/microphone-lost': 'The microphone was disconnected. Plug it in, then try again.',
    'model/unavailable': 'The voice model could not be downloaded. Check the connection.',
    'model/integrity': 'The voice model arrived damaged and was not used.',
    'backend/unavailable': 'This browser cannot run the voice model.',
    'vault/unknown-speaker': 'No voiceprint is enrolled here yet.',
    'vault/quota': 'There is no room left on this device to keep the voiceprint.',
    'vault/unavailable': 'This browser does not let the page keep data on the device.',
    'vault/damaged': 'The stored voiceprint cannot be read. Delete it and enroll again.',
  },
  honest: 'A voice can be recorded or cloned: do not rely on it as the only proof of who you are.',
};
