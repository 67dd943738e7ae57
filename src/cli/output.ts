import { readFile, stat } from 'node:fs/promises';
import { escapeUnprintable } from '../checkpoint/printable.js';
import { VoiceprintError } from '../errors.js';
import { errorCode } from '../models/output-folder.js';

/** With `--json`, stdout holds this one object and nothing else. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Lines for people, whose terminal no name in a file shall steer. */
export function printLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.map(escapeUnprintable).join('\n')}\n`);
}

/**
 * Reads a file that the user named.
 *
 * @throws VoiceprintError `cli/usage` that names the path.
 */
export async function readInput(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new VoiceprintError(
      'cli/usage',
      `cannot read ${path} (${errorCode(cause)}); check the path`,
      {
        cause,
      },
    );
  }
}

/**
 * Looks for files before any work is done, so that the last of many does not fail after the rest.
 *
 * @throws VoiceprintError `cli/usage` that names the first that is missing or a folder.
 */
export async function checkFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const code = await stat(path).then(
      (found) => (found.isDirectory() ? 'EISDIR' : undefined),
      (cause: unknown) => errorCode(cause),
    );
    if (code === undefined) continue;
    throw new VoiceprintError('cli/usage', `cannot read ${path} (${code}); check the path`);
  }
}

/** What a room that only sees bytes finds wrong with them, said of the file that they are from. */
export async function namingFile<Result>(path: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof VoiceprintError)) throw error;
    throw new VoiceprintError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/**
 * Reads a JSON file that the user named.
 *
 * @throws VoiceprintError `cli/usage` that names the path.
 */
export async function readJsonInput(path: string): Promise<unknown> {
  const bytes = await readInput(path);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new VoiceprintError('cli/usage', `${path} is not JSON; mend it or give another file`, {
      cause,
    });
  }
}

/** 1234567 as `1.23 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

/** Columns padded to line up, for a terminal. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
