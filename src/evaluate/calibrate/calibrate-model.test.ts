import { describe, expect, it } from 'vitest';
import { testNormal } from '../../metrics/test-scores.fixture.js';
import type { TrialList } from '../../metrics/trial-list.js';
import { decodeCohort, encodeCohort } from '../../models/cohort.js';
import { type Manifest, parseManifest } from '../../models/manifest.js';
import { thresholdFault, worstList } from '../../models/thresholds.js';
import { unitLength } from '../../scoring/cosine.js';
import { calibratedManifest, calibrateModel, normalizationPays } from './calibrate-model.js';
import { judgedRows, judgeManifest } from './judge-manifest.js';
import { markdownTable, measuredSection, withMeasuredSection } from './measured-section.js';
import type { EmbeddedList } from './score-list.js';

const SIZE = 16;
const normal = testNormal(5);

/** A voice: a direction, pulled towards what all voices of a place have in common. */
function voice(place: Float32Array, pull: number): Float32Array {
  return place.map((value) => pull * value + normal());
}

const PLACES = [0, 1].map(() => Float32Array.from({ length: SIZE }, () => normal()));

/** All pairs of recordings of the speakers of one place. */
function madeList(name: string, speakers: number, pull: number, place: number): EmbeddedList {
  const common = PLACES[place] ?? new Float32Array(SIZE);
  const files: { speaker: number; values: Float32Array }[] = [];
  for (let speaker = 0; speaker < speakers; speaker++) {
    const own = voice(common, pull);
    for (let i = 0; i < 4; i++) {
      files.push({ speaker, values: own.map((value) => value + 0.7 * normal()) });
    }
  }
  const pairs = files.flatMap((_, a) => files.slice(a + 1).map((__, i) => [a, a + 1 + i] as const));
  const labels = Uint8Array.from(pairs, ([a, b]) =>
    files[a]?.speaker === files[b]?.speaker ? 1 : 0,
  );
  const list: TrialList = {
    files: files.map(({ speaker }, i) => `${name}/${speaker}/${i}.wav`),
    enroll: Uint32Array.from(pairs, ([a]) => a),
    test: Uint32Array.from(pairs, ([, b]) => b),
    labels,
    targets: labels.reduce((sum, label) => sum + label, 0),
    duplicates: 0,
  };
  return {
    name,
    list,
    lengths: [2, null],
    // At 2 s a part of the voice is missing.
    embeddings: files.map(({ values }) => [
      { seconds: 2, values: values.map((value) => value + 0.6 * normal()) },
      { seconds: 6, values },
    ]),
  };
}

const cohort = PLACES.flatMap((place) =>
  Array.from({ length: 60 }, () => unitLength(voice(place, 1))),
);
const lists = [
  madeList('near', 24, 0.5, 0),
  madeList('far', 22, 1.6, 1),
  madeList('few', 12, 1.6, 1),
].map((list) => ({
  whole: list,
  speech: list,
}));

const manifest: Manifest = parseManifest({
  format: 1,
  name: 'made',
  version: '1',
  architecture: 'none',
  upstream: { class: 'none', config: {} },
  licence: 'none',
  precision: 'fp32',
  files: { model: { path: 'model.onnx', sha256: 'a'.repeat(64), bytes: 1 } },
  frontEnd: { recipe: 'speechbrain', parameters: {} },
  sampleRate: 16000,
  input: { name: 'x', minimumFrames: 1 },
  output: { name: 'y' },
  embeddingSize: SIZE,
  minimumSeconds: 1,
  recommendedSeconds: 6,
  thresholds: [],
  calibration: [],
  selfCheck: { seed: 1, frames: 1, embedding: [...new Float32Array(SIZE)], minimumCosine: 0.9 },
  training: { data: [], recipe: '' },
  figures: [],
});

describe('calibrateModel', () => {
  const measured = calibrateModel(lists, { embeddings: cohort, top: 30 }, 1);
  const bytes = encodeCohort(cohort);
  const file = { path: 'cohort.f16', sha256: 'b'.repeat(64), bytes: bytes.length };
  const calibrated = calibratedManifest(manifest, measured, { file, top: 30 });

  it('keeps the upper bound of false accepts below the rate on every big list, and needs it on one', () => {
    for (const scale of [measured.cosine, measured.normalized]) {
      for (const { falseAcceptRate, list, seconds, lists } of scale?.thresholds ?? []) {
        const bounds = lists.flatMap((errors) =>
          errors.speakers < 20 ? [] : errors.lengths.map((at) => ({ list: errors.list, ...at })),
        );
        const own = bounds.find((at) => at.list === list && at.seconds === seconds);
        expect(Math.max(...bounds.map((at) => at.falseAcceptBound))).toBeLessThanOrEqual(
          falseAcceptRate,
        );
        expect(own?.falseAcceptRate).toBeLessThan(own?.falseAcceptBound ?? 0);
      }
    }
    const [first] = measured.cosine.thresholds;
    const own = first?.lists.find(({ list }) => list === first.list);
    const at = own?.lengths.find(({ seconds }) => seconds === first?.seconds);
    expect(at?.falseAcceptBound).toBeGreaterThan(0.04);
  });

  it('rests on no list of fewer than twenty people, but tells what it does to them', () => {
    const { thresholds } = measured.cosine;
    // 24 people are 276 pairs: one pair who sound alike is more than 0.2 %.
    expect(thresholds.map(({ falseAcceptRate }) => falseAcceptRate)).toEqual([
      0.05, 0.02, 0.01, 0.005,
    ]);
    expect(thresholds.every(({ list }) => list !== 'few')).toBe(true);
    expect(thresholds[0]?.lists.map(({ list, speakers }) => [list, speakers])).toEqual([
      ['near', 24],
      ['far', 22],
      ['few', 12],
    ]);
    expect(calibrateModel(lists.slice(2), undefined, 1).cosine.thresholds).toEqual([]);
  });

  it('refuses more people the stricter the rate, on every list and at every length', () => {
    const { thresholds } = measured.normalized ?? measured.cosine;
    const worst = thresholds.map((threshold) => worstList(threshold)?.falseRejectRate ?? -1);
    expect(worst).toEqual([...worst].sort((a, b) => a - b));
    expect(thresholdFault(thresholds)).toBeUndefined();
    expect(worst.every((rate) => rate > 0)).toBe(true);
  });

  it('brings places with other impostors onto one scale', () => {
    const spread = (scale: typeof measured.cosine) => {
      const shares =
        scale.thresholds[0]?.lists.map(({ lengths }) => lengths.at(-1)?.falseAcceptRate ?? 0) ?? [];
      return Math.max(...shares) - Math.min(...shares);
    };
    if (measured.normalized === undefined) throw new Error('nothing was normalised');
    expect(spread(measured.normalized)).toBeLessThan(spread(measured.cosine));
    const loss = (scale: typeof measured.cosine) =>
      scale.across.reduce((sum, { cllr, minCllr }) => sum + cllr - minCllr, 0);
    expect(loss(measured.normalized)).toBeLessThan(loss(measured.cosine));
  });

  it('says whether normalisation pays, on all lists by themselves', () => {
    expect(normalizationPays(measured)).toBe(true);
    const { cosine, normalized } = measured;
    if (normalized === undefined) throw new Error('nothing was normalised');
    const overconfident = normalized.across.map((entry) =>
      entry.list === normalized.across[0]?.list ? { ...entry, cllr: entry.cllr + 4 } : entry,
    );
    expect(
      normalizationPays({ ...measured, normalized: { ...normalized, across: overconfident } }),
    ).toBe(false);
    const alone = (scale: typeof cosine) => ({ ...scale, across: [] });
    expect(
      normalizationPays({ ...measured, cosine: alone(cosine), normalized: alone(normalized) }),
    ).toBe(true);
    expect(normalizationPays({ ...measured, normalized: cosine })).toBe(false);
    expect(normalizationPays({ ...measured, normalized: undefined })).toBe(false);
  });

  it('says all of it in a manifest that is valid, and goes back to cosines without a cohort', () => {
    expect(parseManifest(JSON.parse(JSON.stringify(calibrated)))).toEqual(calibrated);
    expect(calibrated.thresholds).toEqual(measured.normalized?.thresholds);
    expect(calibrated.normalization).toEqual({ kind: 'as-norm', top: 30 });
    const without = calibratedManifest(
      calibrated,
      { ...measured, normalized: undefined },
      undefined,
    );
    expect(without.normalization).toBeUndefined();
    expect(without.files.cohort).toBeUndefined();
    expect(without.thresholds).toEqual(measured.cosine.thresholds);
  });

  it('judges manifests as a verifier would use them', () => {
    const embeddings = decodeCohort(bytes, SIZE);
    for (const { speech } of lists) {
      const before = judgeManifest(manifest, undefined, speech, 0.05);
      expect(before).toMatchObject({ decision: undefined, cllr: undefined });
      const after = judgeManifest(calibrated, embeddings, speech, 0.02);
      expect(after.decision?.falseAcceptRate).toBeLessThanOrEqual(0.02);
      expect((after.cllr ?? 9) - after.minCllr).toBeLessThan(0.25);
      expect(judgedRows([['before', before]])[1]).toContain('–');
    }
  });

  it('takes a single list, on which nothing can be judged', () => {
    const alone = calibrateModel(lists.slice(1, 2), undefined, 1);
    expect(alone.cosine.across).toEqual([]);
    expect(alone.normalized).toBeUndefined();
    expect(measuredSection(alone)).toMatch(/judged on no others/);
  });

  it('writes a section that the next one replaces', () => {
    const first = withMeasuredSection('# made\n', measuredSection(measured));
    expect(first).toMatch(/^# made\n\n## Measured on your own trials\n/);
    expect(first).toContain('| 5 % |');
    const again = withMeasuredSection(
      `${first}\n## Limits\n`,
      measuredSection({ ...measured, normalized: undefined }),
    );
    expect(again.match(/### Thresholds/g)).toHaveLength(1);
    expect(again).toMatch(/## Limits\n$/);
    expect(again).toContain('On cosines');
  });
});

describe('markdownTable', () => {
  it('has a head and a line per row', () => {
    expect(
      markdownTable([
        ['a', 'b'],
        ['1', '2'],
      ]),
    ).toBe('| a | b |\n|---|---|\n| 1 | 2 |');
  });
});
