import { describe, expect, it } from 'vitest';
import { type EvaluationInput, evaluateEmbeddings } from '../metrics/evaluation/evaluation.js';
import { turnedVoices } from '../metrics/evaluation/turned-voices.fixture.js';
import { createCohort } from '../scoring/as-norm.js';
import { reportBody, reportPage } from './report.js';
import { REPORT_STYLES } from './styles.js';

const about = { list: 'trials.txt', date: '2026-01-02T03:04:05Z' };
const pageOf = (input: EvaluationInput) => reportPage({ about, ...evaluateEmbeddings(input) });

describe('reportPage', () => {
  it('shows what was measured, at every length', async () => {
    const page = pageOf(await turnedVoices([1, 2, 3, 5, null]));
    for (const words of [
      'full length',
      '5 s',
      'minDCF',
      'actDCF',
      'Cllr',
      'rule of three',
      's/3',
    ]) {
      expect(page.toLowerCase()).toContain(words.toLowerCase());
    }
    // DET, error by length, and a histogram and a calibration plot for each length.
    expect(page.match(/<svg/g)).toHaveLength(2 + 5 * 2);
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('asks for nothing, runs nothing and styles by its sheet alone', async () => {
    const page = pageOf(await turnedVoices([1, null]));
    expect(page).not.toMatch(/<script|<link|<img|\son\w+=|\sstyle=|https?:|@import|url\((?!#)/i);
    expect(page).toContain(`default-src 'none'`);
    expect(REPORT_STYLES).not.toContain('</');
  });

  it('gives every drawing a title and text, and every id once', async () => {
    const body = reportBody({ about, ...evaluateEmbeddings(await turnedVoices([1, null])) });
    const ids = [...body.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, labels = ''] of body.matchAll(/aria-labelledby="([^"]+)"/g)) {
      for (const id of labels.split(' ')) expect(ids).toContain(id);
    }
    const drawings = body.match(/<svg.*?<\/svg>/gs) ?? [];
    for (const drawing of drawings) expect(drawing).toMatch(/<title[^>]*>[^<]+<\/title>\s*<desc/);
  });

  it('escapes whatever names files, lists, models and reasons have', async () => {
    const evil = `"><img src=x onerror='alert(1)'>`;
    const names = ['s', 's2', 's3', 't', 't2', 'u', 'u2'].map((name) => `${evil}/${name}\u202e`);
    const input = await turnedVoices([null], names);
    const page = reportPage({
      about: { list: evil, listSha256: evil, date: evil, command: evil, program: evil },
      ...evaluateEmbeddings({
        ...input,
        skipped: [{ file: evil, reason: evil }],
        model: { ...input.model, name: evil, version: evil, sha256: evil },
      }),
    });
    expect(page).not.toContain('<img');
    expect(page).not.toContain('\u202e');
    expect(page).toContain('&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;');
    expect(page).toContain('[U+202E]');
  });

  it('bears perfect separation, no calibration, no thresholds and one length', async () => {
    const input = await turnedVoices();
    const apart = [0, 0.01, 0.02, 1, 1.01, 2, 2.01];
    const page = pageOf({
      ...input,
      embeddings: apart.map((angle) => [
        { seconds: 4, values: Float32Array.of(Math.cos(angle), Math.sin(angle)) },
      ]),
      model: { ...input.model, calibration: [], thresholds: [] },
    });
    expect(page).toContain('Every right person scored above every impostor');
    // 5 target trials.
    expect(page).toContain('0.00 – 60.00 %');
    expect(page).toContain('That is not an error rate of 0');
    expect(page).toContain('not calibrated');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('says which figures are of normalised scores', async () => {
    const input = await turnedVoices([1, null]);
    const cohort = createCohort(
      [0.3, 1.4, 2.6].map((angle) => Float32Array.of(Math.cos(angle), Math.sin(angle))),
    );
    const normalization = { cohort, top: 200 };
    const page = pageOf({ ...input, model: { ...input.model, normalization } });
    expect(page).toMatch(/AS-norm, 3 cohort speakers/);
    expect(page).toContain('before normalisation');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});
