import { constants, createWriteStream } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import packageJson from '../../package.json' with { type: 'json' };
import { VoiceprintError } from '../errors.js';
import type { CommandEvaluation } from '../evaluate/evaluate.js';
import { scoresCsv } from '../metrics/evaluation/scores-csv.js';
import { errorCode } from '../models/output-folder.js';
import { reportPage } from '../report/report.js';

/**
 * Looks whether a result can be written, before hours of work and not after them.
 *
 * @throws VoiceprintError `cli/usage` that names the path.
 */
export async function checkOutputFile(path: string): Promise<void> {
  try {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory() === true) throw Object.assign(new Error(), { code: 'EISDIR' });
    await access(there === undefined ? dirname(path) : path, constants.W_OK);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/** Writes the report of an evaluation as one HTML file. */
export async function writeReport(
  path: string,
  trials: string,
  { evaluation, details, listSha256 }: CommandEvaluation,
): Promise<void> {
  const about = {
    list: basename(trials),
    listSha256,
    date: new Date().toISOString(),
    command: ['voiceprint', ...process.argv.slice(2)].map(quoted).join(' '),
    program: `voiceprint ${packageJson.version}, WebAssembly in Node ${process.versions.node}`,
  };
  try {
    await writeFile(path, reportPage({ about, evaluation, details }));
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/** Writes the score of every trial, streamed. */
export async function writeScores(path: string, { embedded }: CommandEvaluation): Promise<void> {
  const { list, lengths, embeddings } = embedded;
  try {
    await pipeline(Readable.from(scoresCsv(list, lengths, embeddings)), createWriteStream(path));
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

function cannotWrite(path: string, cause: unknown): VoiceprintError {
  return new VoiceprintError(
    'cli/usage',
    `cannot write ${path} (${errorCode(cause)}); give a file in a folder that is there`,
    { cause },
  );
}

/** An argument as a shell would take it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
