import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Upstream's results, all of them: outside of the repository, and not on every machine. */
export const WHOLE_REFERENCE = resolve(
  process.env.VOICEPRINT_SHARED ?? resolve(ROOT, '../shared'),
  'reference/cases',
);

/**
 * The small cases of it that lie in the repository, so that a fresh clone is held to upstream too.
 * They stand beside what judges them, in the laboratory: nothing that ships reads them.
 */
export const KEPT_CASES = resolve(ROOT, 'scripts/lab/parity/cases');

/** Whether every case is there, or only {@link KEPT_CASES}. */
export const hasWholeReference = existsSync(WHOLE_REFERENCE);

/** The folder of cases to run: every case where they are there. */
export const REFERENCE_CASES = hasWholeReference ? WHOLE_REFERENCE : KEPT_CASES;
