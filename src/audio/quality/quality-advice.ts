import type { QualityReason } from '../types.js';

/** What a person can do about each reason, in one plain sentence or two. */
export const qualityAdvice: Readonly<Record<QualityReason, string>> = {
  'too-short': 'There is too little speech. Speak for a few seconds longer, in whole sentences.',
  silent: 'There is no sound. Record again with the right microphone, or choose another file.',
  'no-speech': 'No speech was found. Speak clearly towards the microphone.',
  'too-quiet': 'The voice is too quiet. Come closer to the microphone or turn its level up.',
  clipped: 'The voice is too loud and distorted. Move back a little or turn the level down.',
  noisy:
    'There is too much background noise. Find a quieter place or come closer to the microphone.',
  'narrow-band':
    'The sound is of telephone quality. Use a better microphone, or a connection that is not a phone line.',
  'dc-offset':
    'The recording has a constant offset, which was taken off. Another microphone or cable may sound better.',
};
