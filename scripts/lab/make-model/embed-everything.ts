import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { withProgressBar } from '../../../src/cli/files-progress.js';
import { COHORT_DEFAULTS, cohortFiles } from '../../../src/evaluate/calibrate/embed-cohort.js';
import type { EmbeddedList } from '../../../src/evaluate/calibrate/score-list.js';
import { type EmbeddedFiles, embedFiles } from '../../../src/evaluate/embed-files.js';
import { EmbeddingCache } from '../../../src/evaluate/embedding-cache.js';
import { EVALUATE_DEFAULTS } from '../../../src/evaluate/evaluate.js';
import type { AudioFile, Length } from '../../../src/evaluate/workers/file-embedding.js';
import { readTrialList, type TrialList } from '../../../src/metrics/trial-list.js';
import { openModel } from '../../../src/models/download.js';
import { type Condition, openConditions } from './conditions.js';
import { isHeld, writeHeldTrials } from './held-languages.js';
import { openNativeEmbedder } from './native-embedder.js';
import { EMBEDDINGS, SEGMENTS, SOURCES, WORK } from './sources.js';

type List = (typeof SOURCES.lists)[number];

/** The trial list of a source. */
function readList({ trials }: List): Promise<TrialList> {
  return readTrialList(createReadStream(trials, { encoding: 'utf8' }));
}

/**
 * Embeds the lists into the cache that `voiceprint calibrate` reads: it then finds
 * everything there. An interrupted run goes on where it was.
 */
export async function embedForCalibration(model: string): Promise<void> {
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
}

/** Lengths that people at their own microphones are measured at: their clips are of up to 6 s. */
const LANGUAGE_LENGTHS: readonly Length[] = [1, 2, 3, null];

/** The list of languages that nothing was trained on, without pauses. */
export async function embedLanguages(model: string): Promise<EmbeddedList> {
  const source = SOURCES.languages;
  await writeHeldTrials(source.root, source.trials);
  const list = await readList(source);
  say(`${source.name}, pauses left out: ${list.files.length} recordings`);
  const lengths = LANGUAGE_LENGTHS;
  const { root } = source;
  const { embeddings } = await embed({ model, files: list.files, root, lengths, speechOnly: true });
  return { name: source.name, list, lengths, embeddings };
}

/**
 * How many of a cohort's nearest impostors count. Of 200 those of other channels are a part: false
 * rejects of the default model on other languages rose by 6 of 100 at a false-accept rate of 5 %.
 */
export const COHORT_TOP = 60;

/** Of so many cohort speakers in a row one is heard under each condition, the others as they are. */
const COHORT_ROUND = 8;

/**
 * A cohort of the training speakers: half of them as they were recorded, the others in noise, in
 * rooms and on telephones, so that a voice in such a place has impostors in it, too.
 */
export async function embedCohort(model: string): Promise<readonly Float32Array[]> {
  const { files } = await cohortFiles(SOURCES.cohort, isHeld);
  const conditions = (await openConditions()).filter(({ name }) => name !== REFUSED);
  const embeddings = new Map<number, Float32Array>();
  for (const [place, condition] of [...conditions, undefined].entries()) {
    const chosen = [...files.keys()].filter((i) =>
      condition === undefined ? i % COHORT_ROUND >= conditions.length : i % COHORT_ROUND === place,
    );
    say(`cohort, ${condition?.title ?? 'as it is'}: ${chosen.length} speakers`);
    const { embeddings: found } = await embed({
      model,
      files: chosen.map((i) => files[i] ?? []),
      root: SOURCES.cohort,
      lengths: [COHORT_DEFAULTS.secondsPerSpeaker],
      speechOnly: true,
      condition,
    });
    for (const [at, ofSpeaker] of found.entries()) {
      const embedding = ofSpeaker?.[0];
      const enough = (embedding?.seconds ?? 0) >= COHORT_DEFAULTS.minimumSeconds;
      if (embedding !== undefined && enough) embeddings.set(chosen[at] ?? 0, embedding.values);
    }
  }
  return [...embeddings].sort(([a], [b]) => a - b).map(([, values]) => values);
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

/** Noise as loud as the speech, which the quality gate refuses: no threshold has to hold there. */
const REFUSED = 'noise-0';

/**
 * The lists under every condition that is not refused, without their pauses: other channels to
 * measure thresholds on.
 */
export async function embedChannels(model: string): Promise<readonly EmbeddedList[]> {
  const channels: EmbeddedList[] = [];
  for (const condition of await openConditions()) {
    if (condition.name === REFUSED) continue;
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
