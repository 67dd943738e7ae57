import { readTrialList } from '../trial-list.js';
import type { EvaluationInput } from './evaluation.js';
import type { Length } from './scored-trials.js';

const FILES = ['s/1', 's/2', 's/3', 't/1', 't/2', 'u/1', 'u/2'];
const ANGLES = [0, 0.1, 0.9, 1, 1.1, 2, 2.15];

/**
 * Three speakers as directions in the plane, their files as small turns from them: all pairs, 5
 * target and 16 nontarget trials, whose scores are cosines of differences of angles.
 *
 * @param names - Seven names in place of `s/1` to `u/2`.
 */
export async function turnedVoices(
  lengths: readonly Length[] = [null],
  names: readonly string[] = FILES,
): Promise<EvaluationInput> {
  const lines = names.flatMap((a, i) =>
    names.slice(i + 1).map((b, k) => {
      const same = FILES[i]?.[0] === FILES[i + 1 + k]?.[0];
      return `${same ? 1 : 0}\t${a}\t${b}\n`;
    }),
  );
  return {
    list: await readTrialList(lines),
    lengths,
    embeddings: ANGLES.map((angle, i) =>
      lengths.map((length) => ({
        seconds: Math.min(length ?? 9, i + 1),
        values: Float32Array.of(7 * Math.cos(angle), 7 * Math.sin(angle)),
      })),
    ),
    skipped: [],
    model: {
      name: 'default',
      version: '1.0.0',
      sha256: 'ab'.repeat(32),
      calibration: [{ maximumSeconds: null, scale: 20, offset: -18 }],
      thresholds: [{ falseAcceptRate: 0.05, score: 0.95 }],
    },
    speechOnly: false,
  };
}
