import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { withProgressBar } from '../../src/cli/files-progress.js';
import { COHORT_DEFAULTS, cohortFiles } from '../../src/evaluate/calibrate/embed-cohort.js';
import type { EmbeddedList } from '../../src/evaluate/calibrate/score-list.js';
import { type EmbeddedFiles, embedFiles } from '../../src/evaluate/embed-files.js';
import { EmbeddingCache } from '../../src/evaluate/embedding-cache.js';
import { EVALUATE_DEFAULTS } from '../../src/evaluate/evaluate.js';
import type { AudioFile, Length } from '../../src/evaluate/workers/file-embedding.js';
import { readTrialList, type TrialList } from '../../src/metrics/trial-list.js';
import { openModel } from '../../src/models/download.js';
import { type Condition, openConditions } from './conditions.js';
import { openNativeEmbedder } from './native-embedder.js';
import { EMBEDDINGS, SEGMENTS, SOURCES, WORK } from './sources.js';

type List = (typeof SOURCES.lists)[number];

/** The trial list of a source. */
export function readList({ trials }: List): Promise<TrialList> {
  return readTrialList(createReadStream(trials, { encoding: 'utf8' }));
}

/**
 * Embeds the lists and the cohort into the cache that `voiceprint calibrate` reads: it then finds
 * everything there. An interrupted run goes on where it was.
 *
 * @param cohort - Whether a new cohort is embedded, too.
 */
export async function embedForCalibration(model: string, cohort = true): Promise<void> {
  for (const list of SOURCES.lists) {
    const { files } = await readList(list);
    for (const speechOnly of [false, true]) {
      say(`${list.name}${speechOnly ? ', pauses left out' : ''}: ${files.length} recordings`);
      await embed({
        model,
        files,
        root: list.root,
        lengths: EVALUATE_DEFAULTS.lengths,
        speechOnly,
      });
    }
  }
  if (!cohort) return;
  const { files } = await cohortFiles(SOURCES.cohort);
  say(`cohort: ${files.length} speakers`);
  const lengths = [COHORT_DEFAULTS.secondsPerSpeaker];
  await embed({ model, files, root: SOURCES.cohort, lengths, speechOnly: true });
}

/** Embeds whole recordings of a list, as they are or under a condition. */
export async function embedWhole(
  model: string,
  list: List,
  condition?: Condition,
): Promise<EmbeddedFiles & { readonly list: TrialList }> {
  const trials = await readList(list);
  say(`${list.name}, ${condition?.title ?? 'as it is'}`);
  const embedded = await embed({
    model,
    files: trials.files,
    root: list.root,
    lengths: [null],
    speechOnly: false,
    condition,
  });
  return { ...embedded, list: trials };
}

/** Lengths that channels are measured at: what a stream decides by, and what `verify` does. */
const CHANNEL_LENGTHS: readonly Length[] = [2, null];

/** The lists under every condition, without their pauses: other channels to measure thresholds on. */
export async function embedChannels(model: string): Promise<readonly EmbeddedList[]> {
  const channels: EmbeddedList[] = [];
  for (const condition of await openConditions()) {
    for (const source of SOURCES.lists) {
      const name = `${source.name}, ${condition.title}`;
      say(`${name}, pauses left out`);
      const list = await readList(source);
      const { embeddings } = await embed({
        model,
        files: list.files,
        root: source.root,
        lengths: CHANNEL_LENGTHS,
        speechOnly: true,
        condition,
      });
      channels.push({ name, list, lengths: CHANNEL_LENGTHS, embeddings });
    }
  }
  return channels;
}

interface Work {
  readonly model: string;
  readonly files: readonly AudioFile[];
  readonly root: string;
  readonly lengths: readonly Length[];
  readonly speechOnly: boolean;
  readonly condition?: Condition | undefined;
}

const AT_ONCE = 2;

async function embed(work: Work): Promise<EmbeddedFiles> {
  const { model, files, root, lengths, speechOnly, condition } = work;
  const { manifest } = await openModel(model);
  const folder = condition === undefined ? EMBEDDINGS : join(WORK, 'embeddings', condition.name);
  const open = () =>
    openNativeEmbedder({
      model,
      speechOnly,
      segmentsFolder: SEGMENTS,
      ...(condition === undefined ? {} : { distort: condition.distort }),
    });
  return withProgressBar((onProgress) =>
    embedFiles({
      files,
      root,
      lengths,
      cache: new EmbeddingCache(folder, manifest, speechOnly),
      skipUnreadable: true,
      openEmbedders: () => Promise.all(Array.from({ length: AT_ONCE }, open)),
      onProgress,
    }),
  );
}

/** What goes on, for whoever waits. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
