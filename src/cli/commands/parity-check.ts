import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import * as v from 'valibot';
import { decodeInNode } from '../../audio/decode/decode-node.js';
import { COMPARED_SECTION } from '../../convert/model-card.js';
import { openEngine } from '../../engine/open-engine.js';
import { VoiceprintError } from '../../errors.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { cosine } from '../../scoring/cosine.js';
import {
  checkFiles,
  namingFile,
  printJson,
  printLines,
  readInput,
  readJsonInput,
} from '../output.js';

interface ParityCheckFlags {
  readonly expected: string;
  readonly root: string;
  readonly minimum: string;
  readonly json?: boolean;
}

const expectedSchema = v.pipe(
  v.record(
    v.string(),
    v.object({
      samples: v.exactOptional(v.number()),
      embedding: v.pipe(v.array(v.pipe(v.number(), v.finite())), v.minLength(1)),
    }),
  ),
  v.check((files) => Object.keys(files).length > 0),
);

/** Of half precision and float32 sums in another order; another front end is below 0.5. */
const MINIMUM_COSINE = 0.999;

interface Compared {
  readonly file: string;
  readonly cosine: number;
  readonly pass: boolean;
}

/**
 * `voiceprint parity-check MODEL --expected FILE`: compares the embeddings of a model with those
 * that upstream gives for the same recordings, and notes a success in the model's card.
 */
export function registerParityCheck(program: Command): void {
  program
    .command('parity-check')
    .description('compare a converted model with embeddings that upstream gives')
    .argument('<model>', 'a name in models/, a model folder, or a URL')
    .requiredOption('--expected <file>', 'JSON: {"FILE": {"embedding": [...], "samples"}, ...}')
    .option('--root <dir>', 'where the recordings are', '.')
    .option('--minimum <cosine>', 'the least cosine that passes', String(MINIMUM_COSINE))
    .option('--json', 'print one JSON object')
    .action(parityCheck);
}

async function parityCheck(model: string, flags: ParityCheckFlags): Promise<void> {
  const minimum = Number(flags.minimum);
  if (!(minimum > 0 && minimum <= 1)) {
    throw new VoiceprintError(
      'cli/usage',
      `--minimum is ${flags.minimum}; give a number above 0, up to 1`,
    );
  }
  const expected = await readExpected(flags.expected);
  await checkFiles([...expected.keys()].map((file) => join(flags.root, file)));
  const compared = await compare(model, expected, flags.root, minimum);
  const least = Math.min(...compared.map(({ cosine: found }) => found));
  const passed = compared.every(({ pass }) => pass);
  const noted = await noteInCard(model, compared.length, least, passed);
  if (!passed) process.exitCode = 1;
  if (flags.json === true) {
    printJson({ model, passed, minimum, leastCosine: least, files: compared });
    return;
  }
  printLines([
    ...compared.map(({ file, cosine: found, pass }) => {
      return `${found.toFixed(6)}  ${file}${pass ? '' : '  off'}`;
    }),
    passed
      ? `${model} gives the embeddings of upstream (cosine ${minimum} at least)${noted ? ', and its card says so' : ''}`
      : `${model} does not give the embeddings of upstream: convert it again with other features (--front-end) or another --config`,
  ]);
}

type Expected = ReadonlyMap<string, { readonly samples?: number; readonly embedding: number[] }>;

async function readExpected(path: string): Promise<Expected> {
  const result = v.safeParse(expectedSchema, await readJsonInput(path));
  if (result.success) return new Map(Object.entries(result.output));
  const field = v.getDotPath(result.issues[0]);
  throw new VoiceprintError(
    'cli/usage',
    `${path}: ${field === null ? 'it' : `"${field}"`} is not as expected; give {"FILE": {"embedding": [numbers]}} with a file at least`,
  );
}

async function compare(
  model: string,
  expected: Expected,
  root: string,
  minimum: number,
): Promise<Compared[]> {
  const engine = await openEngine({ model, backend: 'wasm' });
  try {
    const compared: Compared[] = [];
    for (const [file, { samples, embedding }] of expected) {
      const path = join(root, file);
      const values = await namingFile(path, embed(path, samples));
      if (values.length !== embedding.length) {
        throw new VoiceprintError(
          'cli/usage',
          `${file}: the expected embedding has ${embedding.length} values and the model gives ${values.length}; give embeddings of the same model`,
        );
      }
      const found = cosine(values, Float32Array.from(embedding));
      compared.push({ file, cosine: found, pass: found >= minimum });
    }
    return compared;
  } finally {
    await engine[asyncDispose]();
  }

  async function embed(path: string, count: number | undefined): Promise<Float32Array> {
    const samples = await decodeInNode(await readInput(path));
    if (count !== undefined && count !== samples.length) {
      throw new VoiceprintError(
        'cli/usage',
        `it has ${samples.length} samples at 16 kHz where ${count} are expected; give the recording that upstream embedded`,
      );
    }
    const { pieces } = await engine.hear(samples, { part: 'whole', unusable: true });
    return pieces[0]?.embeddings.get(engine.models[0]?.sha256 ?? '') ?? new Float32Array();
  }
}

/** Writes the outcome into the card of a model folder; other models have none here. */
async function noteInCard(
  model: string,
  files: number,
  least: number,
  passed: boolean,
): Promise<boolean> {
  const path = join(model, 'README.md');
  const card = await readFile(path, 'utf8').catch(() => undefined);
  const { begin, end } = COMPARED_SECTION;
  const from = card?.indexOf(begin) ?? -1;
  const to = card?.indexOf(end) ?? -1;
  if (card === undefined || from < 0 || to < from) return false;
  const text = `${passed ? 'Equal to' : 'NOT equal to'} upstream on ${files} recordings: the least cosine is ${least.toFixed(6)}.`;
  await writeFile(path, `${card.slice(0, from)}${begin}\n\n${text}\n\n${card.slice(to)}`);
  return true;
}
