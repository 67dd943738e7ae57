import type { EmbeddedFiles } from '../../../src/evaluate/embed-files.js';
import { figuresOf } from '../../../src/metrics/evaluation/figures.js';
import { scoreTrials } from '../../../src/metrics/evaluation/scored-trials.js';
import type { TrialList } from '../../../src/metrics/trial-list.js';
import { cosine } from '../../../src/scoring/cosine.js';
import { openConditions } from './conditions.js';
import type { ConvertedModel, Precision } from './convert-model.js';
import { embedWhole } from './embed-everything.js';
import { SOURCES } from './sources.js';

/** An equal error rate with its interval by speaker. */
export interface MeasuredRate {
  readonly list: string;
  readonly eer: number;
  readonly interval: readonly [number, number];
}

/** Whole recordings, both sides under the same condition. */
export interface MeasuredCondition {
  readonly title: string;
  readonly rates: readonly MeasuredRate[];
}

/** What storing the weights with fewer bits costs. */
export interface MeasuredPrecision {
  readonly precision: Precision;
  readonly bytes: number;
  readonly rates: readonly MeasuredRate[];
  /** Over all recordings of the lists, against float32. */
  readonly leastCosine: number;
  readonly meanCosine: number;
}

export async function measureConditions(model: string): Promise<readonly MeasuredCondition[]> {
  const measured: MeasuredCondition[] = [];
  for (const condition of await openConditions()) {
    const rates: MeasuredRate[] = [];
    for (const list of SOURCES.lists) {
      rates.push(rateOf(list.name, await embedWhole(model, list, condition)));
    }
    measured.push({ title: condition.title, rates });
  }
  return measured;
}

export async function measurePrecisions({
  folders,
  bytes,
}: ConvertedModel): Promise<readonly MeasuredPrecision[]> {
  const whole = { fp32: await embedLists(folders.fp32) };
  const measured: MeasuredPrecision[] = [];
  for (const precision of ['fp32', 'fp16', 'int8'] as const) {
    const lists = precision === 'fp32' ? whole.fp32 : await embedLists(folders[precision]);
    const cosines = lists.flatMap(({ embeddings }, i) =>
      cosinesOf(whole.fp32[i]?.embeddings, embeddings),
    );
    measured.push({
      precision,
      bytes: bytes[precision],
      rates: lists.map((embedded) => rateOf(embedded.name, embedded)),
      leastCosine: Math.min(...cosines),
      meanCosine: cosines.reduce((sum, value) => sum + value, 0) / cosines.length,
    });
  }
  return measured;
}

async function embedLists(model: string) {
  const lists: (EmbeddedFiles & { readonly name: string; readonly list: TrialList })[] = [];
  for (const list of SOURCES.lists) {
    lists.push({ name: list.name, ...(await embedWhole(model, list)) });
  }
  return lists;
}

function cosinesOf(
  a: EmbeddedFiles['embeddings'] | undefined,
  b: EmbeddedFiles['embeddings'],
): readonly number[] {
  return b.flatMap((ofFile, i) => {
    const [left, right] = [a?.[i]?.[0], ofFile?.[0]];
    return left === undefined || right === undefined ? [] : [cosine(left.values, right.values)];
  });
}

function rateOf(
  name: string,
  { list, embeddings }: EmbeddedFiles & { readonly list: TrialList },
): MeasuredRate {
  const scored = scoreTrials(
    list,
    embeddings.map((ofFile) => ofFile?.[0]),
  );
  const { eer, intervals } = figuresOf(list, scored, []);
  return { list: name, eer, interval: intervals.eer };
}
