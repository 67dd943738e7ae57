import { join } from 'node:path';

const SPEECH = join(process.env.VOICEPRINT_SHARED ?? '../shared', 'speech');

/** What models are measured on; `VOICEPRINT_SHARED` says where the recordings are. */
export const SOURCES = {
  lists: ['speechocean', 'librispeech'].map((name) => ({
    name,
    trials: join(SPEECH, 'dev', 'trials', `${name}.txt`),
    root: join(SPEECH, 'dev'),
  })),
  /** Speakers of the training data, of all its corpora. */
  cohort: join(SPEECH, 'train'),
  noise: join(SPEECH, 'noise'),
  rooms: join(SPEECH, 'rir'),
} as const;

/** Where everything in between is kept; all of it can be made again. */
export const WORK = join('.cache', 'make-model');
/** The embeddings that `voiceprint evaluate` and `voiceprint calibrate` read, too. */
export const EMBEDDINGS = join('.cache', 'embeddings');
/** The speech that was found in recordings, which no model changes. */
export const SEGMENTS = join('.cache', 'speech');
