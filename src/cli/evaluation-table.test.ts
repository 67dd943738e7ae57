import { describe, expect, it } from 'vitest';
import { evaluateEmbeddings } from '../metrics/evaluation/evaluation.js';
import { turnedVoices } from '../metrics/evaluation/turned-voices.fixture.js';
import { evaluationTable } from './evaluation-table.js';

describe('evaluationTable', () => {
  it('shows each length, what to know, and what was left out', async () => {
    const input = await turnedVoices([1, null]);
    const { evaluation } = evaluateEmbeddings({
      ...input,
      skipped: [{ file: 'gone.wav', reason: 'not found' }],
      model: { ...input.model, calibration: [] },
    });
    const table = evaluationTable(evaluation);
    for (const part of [/^1 s /m, /^full /m, /gone\.wav: not found/, /3 speakers/, /no Cllr/]) {
      expect(table).toMatch(part);
    }
  });
});
