import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What the tests make; ignored by git. */
export const WORK = resolve(ROOT, '.cache/e2e');

/** The static site of the tests: the packed package and some pages. */
export const SITE = resolve(WORK, 'site');

/** The demo as it is shipped. */
export const DEMO = resolve(ROOT, 'dist-demo');

/** Recordings of people, where they are there. */
export const SPEECH = resolve(
  process.env.VOICEPRINT_SHARED ?? resolve(ROOT, '../shared'),
  'speech',
);
