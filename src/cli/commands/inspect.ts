import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { VoiceprintError } from '../../errors.js';
import { errorCode } from '../../models/output-folder.js';
import { type Inspection, inspectFile, inspectModelFolder } from '../inspect-file.js';
import { printJson, printLines } from '../output.js';

/** `voiceprint inspect FILE|DIR`: what is in a checkpoint, a graph or a model folder. */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description(
      'show keys, shapes, the architecture found and sizes; check hashes of a model folder',
    )
    .argument('<path>', 'a checkpoint, an .onnx file, or a model folder')
    .option('--json', 'print one JSON object')
    .action(async (path: string, flags: { readonly json?: boolean }) => {
      const inspection = (await isFolder(path))
        ? await inspectModelFolder(path)
        : await inspectFile(path);
      show(inspection, flags.json === true);
    });
}

function show({ json, lines, sound }: Inspection, asJson: boolean): void {
  if (asJson) printJson(json);
  else printLines(lines);
  if (!sound) process.exitCode = 1;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
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
