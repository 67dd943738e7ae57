import { join } from 'node:path';
import { recognizeArchitecture } from '../architectures/recognize.js';
import { type CheckpointContents, chooseStateDict, readCheckpoint } from '../checkpoint/index.js';
import { VoiceprintError } from '../errors.js';
import { sha256 } from '../models/download-hash.js';
import { parseManifest } from '../models/manifest.js';
import { errorCode } from '../models/output-folder.js';
import { checkModel } from '../onnx/read.js';
import { elementCount } from '../tensor.js';
import { formatBytes, formatTable, namingFile, readInput, readJsonInput } from './output.js';

/** What was found, for programs and for people. */
export interface Inspection {
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  /** False when a check fell short, such as a hash. */
  readonly sound: boolean;
}

/** Inspects a checkpoint, or a graph when the name ends in `.onnx`. */
export async function inspectFile(path: string): Promise<Inspection> {
  const bytes = await readInput(path);
  const inspect = path.toLowerCase().endsWith('.onnx') ? inspectGraph : inspectCheckpoint;
  return namingFile(path, (async () => inspect(path, bytes))());
}

function inspectCheckpoint(path: string, bytes: Uint8Array): Inspection {
  const { format, contents, foreign } = readCheckpoint(bytes);
  const { tensors, metadata, wrapping, found, several } = describedStateDict(contents);
  const list = [...tensors].map(([key, { dtype, shape }]) => ({ key, dtype, shape }));
  const elements = list.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return {
    json: {
      file: path,
      bytes: bytes.length,
      format,
      architecture: found ?? null,
      tensors: list,
      elements,
      metadata,
      wrapping,
      foreign,
    },
    lines: [
      `${path}: ${format}, ${formatBytes(bytes.length)}, ${list.length} tensors, ${elements.toLocaleString('en')} values`,
      ...(several === undefined ? [] : [several]),
      ...(wrapping.keys.length === 0 ? [] : [`state dict under ${JSON.stringify(wrapping.keys)}`]),
      ...(wrapping.prefix === '' ? [] : [`prefix taken off the keys: ${wrapping.prefix}`]),
      ...(found === undefined
        ? ['architecture: not recognised']
        : [
            `architecture: ${found.architecture} (${found.class})`,
            `configuration: ${JSON.stringify(found.config)}`,
            ...found.notes.map((note) => `assumed: ${note}`),
          ]),
      ...(foreign.length === 0 ? [] : [`passed over unread: ${foreign.join(', ')}`]),
      ...Object.entries(metadata).map(
        ([key, value]) => `${key}: ${shorten(JSON.stringify(value))}`,
      ),
      '',
      ...formatTable(list.map(({ key, dtype, shape }) => [key, dtype, `[${shape.join(', ')}]`])),
    ],
    sound: true,
  };
}

/** Of several encoders none is chosen: then the usual place is shown. */
function describedStateDict(contents: CheckpointContents) {
  try {
    return { ...chooseStateDict(contents, recognizeArchitecture), several: undefined };
  } catch (error) {
    if (!(error instanceof VoiceprintError)) throw error;
    return { ...chooseStateDict(contents, () => undefined), several: error.message };
  }
}

function inspectGraph(path: string, bytes: Uint8Array): Inspection {
  const summary = checkModel(bytes);
  const operators = Object.entries(summary.operators).sort(([, a], [, b]) => b - a);
  return {
    json: { file: path, bytes: bytes.length, format: 'onnx', ...summary },
    lines: [
      `${path}: ONNX opset ${summary.opset}, ${formatBytes(bytes.length)}, ${summary.parameters.toLocaleString('en')} values`,
      `inputs: ${summary.inputs.join(', ')}`,
      `outputs: ${summary.outputs.join(', ')}`,
      '',
      ...formatTable(operators.map(([name, count]) => [name, String(count)])),
    ],
    sound: true,
  };
}

/** Inspects a model folder and hashes each of its files. */
export async function inspectModelFolder(folder: string): Promise<Inspection> {
  const source = join(folder, 'manifest.json');
  const manifest = parseManifest(await readJsonInput(source), source);
  const files = await Promise.all(
    Object.entries(manifest.files).map(async ([role, file]) => ({
      role,
      ...file,
      verdict: await verdictOn(join(folder, file.path), file.sha256, file.bytes),
    })),
  );
  const sound = files.every(({ verdict }) => verdict === 'intact');
  const { selfCheck, ...rest } = manifest;
  const { embedding, ...selfCheckRest } = selfCheck;
  return {
    json: { folder, sound, ...rest, files, selfCheck: selfCheckRest },
    lines: [
      `${folder}: ${manifest.name} ${manifest.version}, ${manifest.architecture} (${manifest.upstream.class}), ${manifest.precision}, ${manifest.licence}`,
      `configuration: ${JSON.stringify(manifest.upstream.config)}`,
      `front end: ${manifest.frontEnd.recipe} ${JSON.stringify(manifest.frontEnd.parameters)} at ${manifest.sampleRate} Hz`,
      `embedding: ${embedding.length} values; ${manifest.minimumSeconds} s of speech at least, ${manifest.recommendedSeconds} s recommended`,
      `thresholds: ${manifest.thresholds.map(({ falseAcceptRate, score }) => `${falseAcceptRate} at ${score}`).join(', ') || 'none'}`,
      `calibration: ${manifest.calibration.length === 0 ? 'none' : `${manifest.calibration.length} durations`}`,
      ...manifest.figures.map(
        ({ list, seconds, eer, interval }) =>
          `measured: EER ${eer} (${interval.join(' to ')}) on ${list}, ${seconds === null ? 'whole files' : `first ${seconds} s`}`,
      ),
      '',
      ...formatTable(
        files.map(({ role, path, bytes, verdict }) => [role, path, formatBytes(bytes), verdict]),
      ),
    ],
    sound,
  };
}

async function verdictOn(path: string, hash: string, size: number): Promise<string> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await readInput(path);
  } catch (error) {
    if (!(error instanceof VoiceprintError)) throw error;
    return `missing (${errorCode(error.cause)})`;
  }
  if (bytes.length !== size) return `changed (${bytes.length} bytes, ${size} in the manifest)`;
  return (await sha256(bytes)) === hash ? 'intact' : 'changed (its SHA-256 is another)';
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
