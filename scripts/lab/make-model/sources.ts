import { join } from 'node:path';

const SPEECH = join(process.env.VOICEPRINT_SHARED ?? '../shared', 'speech');

/** Where everything in between is kept; all of it can be made again. */
export const WORK = join('.cache', 'make-model');

/** What models are measured on; `VOICEPRINT_SHARED` says where the recordings are. */
export const SOURCES = {
  lists: ['speechocean', 'librispeech'].map((name) => ({
    name,
    trials: join(SPEECH, 'dev', 'trials', `${name}.txt`),
    root: join(SPEECH, 'dev'),
  })),
  /** People at their own microphones; see `held-languages.ts`, which writes the trials. */
  languages: {
    name: 'ten languages',
    trials: join(WORK, 'trials', 'languages.txt'),
    root: join(SPEECH, 'train'),
  },
  /** Speakers of the training data, of all its corpora. */
  cohort: join(SPEECH, 'train'),
  noise: join(SPEECH, 'noise'),
  rooms: join(SPEECH, 'rir'),
} as const;

/** The embeddings that `voiceprint evaluate` and `voiceprint calibrate` read, too. */
export const EMBEDDINGS = join('.cache', 'embeddings');
/** The speech that was found in recordings, which no model changes. */
export const SEGMENTS = join('.cache', 'speech');
