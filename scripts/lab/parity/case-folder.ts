import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { VoiceprintError } from '../../../src/errors.js';
import { readNpy } from './npy.js';
import type { CaseConfig, CaseFolder } from './types.js';

const CONFIG = 'config.json';

/**
 * Opens a folder of cases, or one case folder.
 * @throws VoiceprintError `cli/usage` where there is no case.
 */
export async function openCases(directory: string): Promise<CaseFolder[]> {
  const root = resolve(directory);
  const info = await stat(root).catch((cause: unknown) => {
    const message = `cannot read ${directory}; give a folder of cases, or one case folder`;
    throw new VoiceprintError('cli/usage', message, { cause });
  });
  if (!info.isDirectory()) {
    const message = `${directory} is a file; give a folder of cases, or one case folder`;
    throw new VoiceprintError('cli/usage', message);
  }
  if (await isFile(join(root, CONFIG))) return [await openCase(root)];
  const entries = await readdir(root, { withFileTypes: true });
  const folders: string[] = [];
  for (const entry of entries) {
    const path = join(root, entry.name);
    if (await isFile(join(path, CONFIG))) folders.push(path);
  }
  if (folders.length === 0) {
    const message = `${directory} holds no case (a folder with a ${CONFIG}); give a folder laid out as reference/cases`;
    throw new VoiceprintError('cli/usage', message);
  }
  return Promise.all(folders.sort().map(openCase));
}

async function openCase(path: string): Promise<CaseFolder> {
  const file = join(path, CONFIG);
  const config = parseConfig(file, await readFile(file, 'utf8'));
  const readArray = async (name: string) => {
    const bytes = await readFile(join(path, name)).catch((cause: unknown) => {
      throw new VoiceprintError('cli/usage', `${path}: ${name} is missing`, { cause });
    });
    return readNpy(bytes, join(path, name));
  };
  return { name: config.name, path, config, readArray };
}

function parseConfig(file: string, text: string): CaseConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new VoiceprintError('cli/usage', `${file} is not JSON`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new VoiceprintError('cli/usage', `${file} does not describe a case`);
  }
  const name = 'name' in parsed && typeof parsed.name === 'string' ? parsed.name : undefined;
  const runs = 'runs' in parsed ? parsed.runs : [];
  if (!Array.isArray(runs)) throw new VoiceprintError('cli/usage', `${file}: runs is no list`);
  // The rest is read field by field; a fault there fails its own run.
  return {
    ...(parsed as Partial<CaseConfig>),
    name: name ?? basename(resolve(file, '..')),
    system: 'system' in parsed && typeof parsed.system === 'string' ? parsed.system : '',
  };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}
