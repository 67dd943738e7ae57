import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConvertConfig } from '../../../src/convert/config.js';
import { convertCheckpoint } from '../../../src/convert/convert.js';
import type { Manifest } from '../../../src/models/manifest.js';
import { runGraphOnce } from '../../../src/runtime/run-graph-once.js';
import { WORK } from './sources.js';

export const PRECISIONS = ['fp16', 'int8', 'fp32'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** One checkpoint as a model folder of every precision. */
export interface ConvertedModel {
  readonly checkpointSha256: string;
  readonly folders: Readonly<Record<Precision, string>>;
  readonly bytes: Readonly<Record<Precision, number>>;
  readonly parameters: number;
  /** What the run that trained it wrote beside it; undefined where there is nothing. */
  readonly training: unknown;
}

/**
 * Converts a checkpoint, with the `NAME.config.json` and `NAME.json` that lie beside it: class,
 * constructor arguments and features, and what its training says about itself.
 */
export async function convertModel(
  name: string,
  checkpoint: string,
  about: Pick<Manifest, 'version' | 'licence' | 'minimumSeconds' | 'training'>,
): Promise<ConvertedModel> {
  const bytes = await readFile(checkpoint);
  const beside = checkpoint.replace(/\.\w+$/, '');
  const config = await jsonOrNothing(`${beside}.config.json`);
  const hash = createHash('sha256')
    .update(bytes)
    .update(JSON.stringify(config ?? null));
  const sha256 = hash.digest('hex');
  const root = join(WORK, `${name}-${sha256.slice(0, 12)}`);
  const converted: Partial<Record<Precision, { folder: string; bytes: number }>> = {};
  let parameters = 0;
  for (const precision of PRECISIONS) {
    const { manifest, files, report } = await convertCheckpoint(bytes, {
      name,
      precision,
      runGraph: runGraphOnce,
      compareToFp32: false,
      version: about.version,
      licence: about.licence,
      ...(config === undefined
        ? {}
        : { config: parseConvertConfig(config, `${beside}.config.json`) }),
    });
    parameters = report.parameters;
    const folder = join(root, precision);
    await mkdir(folder, { recursive: true });
    for (const [path, content] of files) await writeFile(join(folder, path), content);
    const described = {
      ...manifest,
      minimumSeconds: about.minimumSeconds,
      training: about.training,
    };
    await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(described, undefined, 2)}\n`);
    converted[precision] = { folder, bytes: manifest.files.model.bytes };
  }
  const of = (precision: Precision) => converted[precision] ?? { folder: '', bytes: 0 };
  return {
    checkpointSha256: sha256,
    folders: { fp16: of('fp16').folder, int8: of('int8').folder, fp32: of('fp32').folder },
    bytes: { fp16: of('fp16').bytes, int8: of('int8').bytes, fp32: of('fp32').bytes },
    parameters,
    training: await jsonOrNothing(`${beside}.json`),
  };
}

async function jsonOrNothing(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}
