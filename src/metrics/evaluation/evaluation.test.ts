import { describe, expect, it } from 'vitest';
import { createCohort } from '../../scoring/as-norm.js';
import { readTrialList } from '../trial-list.js';
import { speakersOfTrials } from '../trial-speakers.js';
import { durationErrors } from './duration-errors.js';
import { evaluateEmbeddings } from './evaluation.js';
import { summarizeList } from './list-summary.js';
import { scoresCsv } from './scores-csv.js';
import { speakerNames } from './speaker-errors.js';
import { turnedVoices } from './turned-voices.fixture.js';

describe('evaluateEmbeddings', () => {
  it('keeps each length apart, and the longest on top', async () => {
    const steps: number[] = [];
    const { evaluation, details } = evaluateEmbeddings({
      ...(await turnedVoices([1, 5, null])),
      onProgress: (done, total) => steps.push(done / total),
    });
    expect(Object.keys(evaluation.bySeconds)).toEqual(['1', '5', 'full']);
    expect(evaluation.bySeconds.full).toMatchObject({ eer: evaluation.eer, trials: 21 });
    expect(evaluation.normalized).toBeNull();
    expect(details.cosine.lengths.map(({ length }) => length)).toEqual([1, 5, null]);
    expect(steps).toEqual([0, 1 / 3, 2 / 3]);
  });

  it('names the worst trials, the speakers and the short recordings', async () => {
    const { evaluation, details } = evaluateEmbeddings(await turnedVoices([5, null]));
    const { worst, speakers, lengths } = details.cosine;
    // Turns of 0.1 between s/3 at 0.9 and t/1 at 1, and of 0.9 between s/1 and s/3.
    expect(worst.nontargets[0]).toMatchObject({ enroll: 's/3', test: 't/1', seconds: 3 });
    expect(worst.targets[0]).toMatchObject({ enroll: 's/1', test: 's/3', seconds: 1 });
    expect(worst.targets[0]?.score).toBeCloseTo(Math.cos(0.9), 6);
    expect(speakers[0]?.speaker).toBe('s');
    expect(lengths[0]?.shorter).toBe(18);
    expect(evaluation.notes.join(' ')).toMatch(/3 speakers.*16 nontarget trials.*From 5 s on/);
  });

  it('counts what was left out', async () => {
    const input = await turnedVoices();
    const { evaluation } = evaluateEmbeddings({
      ...input,
      embeddings: input.embeddings.map((ofFile, i) => (i === 0 ? undefined : ofFile)),
      skipped: [{ file: 's/1', reason: 'not found' }],
    });
    expect(evaluation.skipped.trials).toBe(6);
    expect(evaluation.trials).toBe(15);
    expect(evaluation.notes.join(' ')).toContain('1 file could not be used, so 6 trials');
  });

  it('refuses what is left of one class, and names the file of an embedding without direction', async () => {
    const input = await turnedVoices();
    const only = (keep: readonly number[]) =>
      input.embeddings.map((ofFile, i) => (keep.includes(i) ? ofFile : undefined));
    expect(() => evaluateEmbeddings({ ...input, embeddings: only([0, 1]) })).toThrow(
      expect.objectContaining({ code: 'trials/malformed' }),
    );
    const zero = [{ seconds: 1, values: new Float32Array(2) }];
    const embeddings = input.embeddings.map((ofFile, i) => (i === 3 ? zero : ofFile));
    expect(() => evaluateEmbeddings({ ...input, embeddings })).toThrow(/^t\/1: /);
  });

  it('measures normalised scores beside cosines where the model decides by them', async () => {
    const input = await turnedVoices([1, null]);
    const cohort = createCohort([0.3, 1.4, 2.6, 4].map(at), { top: 2 });
    const normalization = { cohort, top: 2 };
    const { evaluation, details } = evaluateEmbeddings({
      ...input,
      model: { ...input.model, normalization },
    });
    const plain = evaluateEmbeddings(input);
    expect(evaluation.eer).toBe(plain.evaluation.eer);
    // The one calibration is of the scores that decide: cosines have none beside them.
    expect([evaluation.cllr, evaluation.actDcf]).toEqual([null, null]);
    expect(evaluation.normalized).toMatchObject({ kind: 'as-norm', cohort: 4 });
    expect(evaluation.normalized?.cllr).toBeGreaterThan(0);
    expect(Object.keys(evaluation.normalized?.bySeconds ?? {})).toEqual(['1', 'full']);
    const highest = details.normalized?.worst.nontargets[0]?.score;
    expect(highest).not.toBeCloseTo(details.cosine.worst.nontargets[0]?.score ?? 0, 3);
  });

  it('is plain JSON', async () => {
    const measured = evaluateEmbeddings(await turnedVoices([1, null]));
    expect(JSON.parse(JSON.stringify(measured))).toEqual(measured);
  });
});

function at(angle: number): Float32Array {
  return Float32Array.of(Math.cos(angle), Math.sin(angle));
}

describe('summarizeList', () => {
  const summaryOf = async (text: string) => {
    const list = await readTrialList([text]);
    return summarizeList(list, speakersOfTrials(list));
  };
  const speaker = (corpus: string, name: string) => `1 ${corpus}/${name}/1 ${corpus}/${name}/2\n`;
  const corpus = (name: string) => ['a', 'b', 'c'].map((one) => speaker(name, one)).join('');

  it('notices impostors of another corpus', async () => {
    const text = `${corpus('x')}${corpus('y')}0 x/a/1 y/b/1\n0 x/a/1 x/b/1\n`;
    expect(await summaryOf(text)).toMatchObject({
      speakers: 6,
      corpora: ['x', 'y'],
      acrossCorpora: 1,
    });
  });

  it('does not take folders of speakers for corpora', async () => {
    const text = '1 a/1 a/2\n1 b/1 b/2\n1 c/1 c/2\n0 a/1 b/1\n0 b/1 c/1\n';
    expect(await summaryOf(text)).toMatchObject({ speakers: 3, corpora: [], acrossCorpora: 0 });
  });
});

describe('speakerNames', () => {
  const namesOf = async (text: string) => {
    const list = await readTrialList([text]);
    return speakerNames(list, speakersOfTrials(list));
  };

  it('takes the folder, or the start of the names', async () => {
    expect(await namesOf('1 id/ada/1 id/ada/2\n0 id/ada/1 id/ben/1\n1 id/ben/1 id/ben/2')).toEqual([
      'id/ada',
      'id/ben',
    ]);
    expect(await namesOf('1 ada-1 ada-2\n0 ada-1 ben-1\n1 ben-1 ben-2')).toEqual(['ada', 'ben']);
  });

  it('keeps apart speakers whose names share nothing', async () => {
    const names = await namesOf('1 x1 y2\n0 x1 z3\n1 z3 w4\n');
    expect(new Set(names).size).toBe(2);
  });
});

describe('durationErrors', () => {
  it('splits by the shorter side, the edge in the lower range', () => {
    const rows = durationErrors(
      {
        trials: Uint32Array.of(0, 1, 2),
        scores: Float64Array.of(0.9, 0.1, 0.9),
        labels: Uint8Array.of(1, 1, 0),
        seconds: Float64Array.of(1, 1.01, 60),
      },
      0.5,
    );
    expect(rows).toEqual([
      { from: 0, to: 1, targets: 1, missed: 0, nontargets: 0, accepted: 0 },
      { from: 1, to: 2, targets: 1, missed: 1, nontargets: 0, accepted: 0 },
      { from: 15, to: null, targets: 0, missed: 0, nontargets: 1, accepted: 1 },
    ]);
  });
});

describe('scoresCsv', () => {
  it('has a line per trial, empty where a file was left out, names quoted', async () => {
    const names = ['s,1', 's"2', '=s/3', 't/1', 't/2', 'u/1', 'u/2'];
    const { list, lengths, embeddings } = await turnedVoices([1, null], names);
    const some = embeddings.map((ofFile, i) => (i === 1 ? undefined : ofFile));
    const lines = [...scoresCsv(list, lengths, some)].join('').split('\r\n');
    expect(lines[0]).toBe('label,enroll,test,cosine_1,cosine_full');
    expect(lines[1]).toBe('1,"s,1","s""2",,');
    expect(lines[2]).toBe(`1,"s,1",'=s/3,0.621610,0.621610`);
    expect(lines).toHaveLength(21 + 2);
  });
});
