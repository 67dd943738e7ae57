import { resolve } from 'node:path';

/** The checkout that a test runs in. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** Recordings and upstream's results that are beside a developer's checkout; absent elsewhere. */
export const SHARED = resolve(process.env.VOICEPRINT_SHARED ?? resolve(ROOT, '../shared'));
