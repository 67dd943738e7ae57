import type { QualityReason } from '../audio/types.js';
import type { VoiceprintErrorCode } from '../errors.js';
import type { StreamDegraded, StreamScore } from '../stream/types.js';
import type { LoadProgress, Verification } from '../verifier/types.js';
import type { HeardVoice } from './listening-state.js';
import type { RecordedTask, Task } from './session-state.js';

/** Every word that `<voiceprint-check>` shows or speaks. Replace any of them by `strings`. */
export interface WidgetStrings {
  /** Name of the element for screen readers. */
  readonly label: (speaker: string) => string;
  /** Heading by task. */
  readonly title: Readonly<
    Record<
      Task | 'loading' | 'consent' | 'enrolled' | 'accepted' | 'rejected' | 'paused' | 'error',
      string
    >
  >;
  /** What is loaded, by stage. */
  readonly loading: Readonly<Record<LoadProgress['stage'], string>>;
  /** The same where it comes from the cache. */
  readonly loadingCached: string;
  /** A number of bytes in words. */
  readonly bytes: (bytes: number, total: number) => string;
  /** The question before the first enrollment. */
  readonly consent: {
    /** What is agreed to, point by point. */
    readonly points: readonly {
      /** In a word or two. */
      readonly term: string;
      /** In a sentence. */
      readonly text: string;
    }[];
    /** Button that agrees. */
    readonly agree: string;
  };
  /** Said when the element waits for the person. */
  readonly ready: Readonly<Record<Task, (seconds: number | undefined) => string>>;
  /** Said of a voiceprint that another model made. */
  readonly outdated: string;
  /** Button that begins the task. */
  readonly start: Readonly<Record<Task, string>>;
  /** Something to read aloud for those who do not know what to say. */
  readonly prompt: Readonly<Record<RecordedTask, string>>;
  /** Asks to allow the microphone, while the browser waits for an answer. */
  readonly microphone: string;
  /** Heading of a recording, and of a continuous check before anybody was heard. */
  readonly listening: string;
  /** Told to screen readers when a recording begins. */
  readonly speakNow: string;
  /** Told to screen readers when half of the needed speech was heard. */
  readonly halfway: string;
  /** How much speech is missing. */
  readonly remaining: (seconds: number) => string;
  /** Name of the level meter. */
  readonly level: string;
  /** The level in words. */
  readonly levelValue: (share: number) => string;
  /** Name of the bar that shows how much of the speech is collected. */
  readonly progress: string;
  /** Button that ends a recording and keeps it. */
  readonly stop: string;
  /** Button that gives a recording up. */
  readonly cancel: string;
  /** Said while the engine works. */
  readonly working: Readonly<Record<Task, string>>;
  /** The words of a continuous check. */
  readonly continuous: ContinuousStrings;
  /** Said after an enrollment. */
  readonly enrolled: (speechSeconds: number, completeness: number) => string;
  /** Button that adds utterances to an enrollment. */
  readonly addMore: string;
  /** Button that verifies. */
  readonly check: string;
  /** The outcome in words. */
  readonly decision: (verification: Verification) => string;
  /** Score and threshold in a line. */
  readonly scoreLine: (score: number, threshold: number) => string;
  /** Button that tries again. */
  readonly again: string;
  /** Button that loads the model again. */
  readonly reload: string;
  /** Button that deletes the voiceprint. */
  readonly forget: string;
  /** Asks whether to delete it. */
  readonly forgetAsk: string;
  /** Button that deletes it for good. */
  readonly forgetYes: string;
  /** Button that keeps it. */
  readonly forgetNo: string;
  /** Said after it was deleted. */
  readonly forgotten: string;
  /** Why audio is not good enough, by reason. */
  readonly reasons: Readonly<Record<QualityReason, string>>;
  /** What went wrong, by code, with what to do. */
  readonly errors: Partial<Readonly<Record<VoiceprintErrorCode, string>>>;
  /** What a voice check is not. */
  readonly honest: string;
}

/** What a continuous check shows or speaks beyond the rest. */
export interface ContinuousStrings {
  /** What one agrees to beyond `consent`. */
  readonly consent: {
    /** What the person agrees to, in a word or two. */
    readonly term: string;
    /** What that means, in a sentence. */
    readonly text: string;
  };
  /** Whose voice is listened for. */
  readonly listeningFor: (speaker: string) => string;
  /** Who is heard, by state. */
  readonly voice: Readonly<Record<HeardVoice, (speaker: string) => string>>;
  /** What the present state means or asks for, unless there is a trouble to tell. */
  readonly detail: Readonly<Record<HeardVoice | 'paused', string>>;
  /** Instead of a score while there is too little speech for one. */
  readonly noScore: string;
  /** Score and threshold in a line. */
  readonly scoreLine: (score: StreamScore) => string;
  /** Whether the microphone is on (listening) or off (paused). */
  readonly microphone: Readonly<Record<'on' | 'off', string>>;
  /** Button that pauses listening. */
  readonly pause: string;
  /** Button that goes on after a pause. */
  readonly resume: string;
  /** Button that ends listening. */
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
