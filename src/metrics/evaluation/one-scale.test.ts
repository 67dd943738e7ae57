import { describe, expect, it } from 'vitest';
import { judge } from '../../scoring/judge.js';
import { evaluateEmbeddings } from './evaluation.js';
import { turnedVoices } from './turned-voices.fixture.js';

const at = (angle: number) => Float32Array.of(Math.cos(angle), Math.sin(angle));

describe('one scale', () => {
  it('is that of an evaluation, too: the same scores, decided at the same threshold', async () => {
    const input = await turnedVoices([null]);
    const normalization = { cohort: [0.3, 1.4, 2.6, 4].map(at), top: 2 };
    const thresholds = [{ falseAcceptRate: 0.05, score: 1 }];
    const model = { ...input.model, normalization, thresholds };
    const { details } = evaluateEmbeddings({ ...input, model });
    const judging = judge(model, { falseAcceptRate: 0.05 });
    const voices = input.embeddings.map((ofFile) => ({
      embeddings: [ofFile?.[0]?.values ?? new Float32Array()],
      seconds: ofFile?.[0]?.seconds ?? 0,
    }));
    const trials = voices.flatMap((a, i) => voices.slice(i + 1).map((b) => judging.trial(a, b)));
    const labels = input.list.labels;
    const worst = details.normalized?.worst.nontargets[0];
    const nontargets = trials.filter((_, i) => labels[i] === 0).map(({ score }) => score);
    expect(worst?.score).toBeCloseTo(Math.max(...nontargets), 5);
    const [check] = details.normalized?.statedThresholds ?? [];
    expect(check?.falseAccepts).toBe(
      trials.filter(({ accepted }, i) => accepted && labels[i] === 0).length,
    );
    expect(check?.missed).toBe(
      trials.filter(({ accepted }, i) => !accepted && labels[i] === 1).length,
    );
  });
});
