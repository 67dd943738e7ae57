import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { ENCODERS } from '../../architectures/find-encoder.js';
import { printable } from '../../checkpoint/index.js';
import { convertCheckpoint } from '../../convert/convert.js';
import { describeAssumed } from '../../convert/model-card.js';
import { type PublishedModel, readConvertConfig } from '../../convert/published/index.js';
import type { ConvertReport, ConvertStage } from '../../convert/types.js';
import { VoiceprintError } from '../../errors.js';
import { FRONT_END_PRESETS, isFrontEndPreset } from '../../features/index.js';
import { isModelName, type Manifest } from '../../models/manifest.js';
import { checkOutputFolder, writeOutputFolder } from '../../models/output-folder.js';
import { runGraphOnce } from '../../runtime/run-graph-once.js';
import { openConvertInput } from '../convert-input.js';
import { formatBytes, namingFile, printJson, printLines, readInput } from '../output.js';
import { openProgress } from '../output-progress.js';

interface ConvertFlags {
  readonly out: string;
  readonly architecture?: string;
  readonly config?: string;
  readonly frontEnd?: string;
  readonly stateDict?: string;
  readonly precision: Manifest['precision'];
  readonly name?: string;
  readonly licence?: string;
  readonly modelVersion?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const STAGES: Readonly<Record<ConvertStage, readonly [done: number, what: string]>> = {
  reading: [0.1, 'reading the checkpoint'],
  building: [0.3, 'building the graph'],
  'self-check': [0.6, 'running the self-check'],
  comparing: [0.8, 'comparing with float32'],
  done: [1, 'writing the model folder'],
};
const SHOWN_KEYS = 5;
/** As many as a manifest takes in every field that an option sets. */
const LONGEST_TEXT = 64;

/** `voiceprint convert CHECKPOINT --out DIR`: a model folder from a PyTorch or safetensors file. */
export function registerConvert(program: Command): void {
  program
    .command('convert')
    .description('turn a PyTorch or safetensors checkpoint into a model folder')
    .argument(
      '<checkpoint>',
      'a .ckpt, .pt, .pth, .bin or .safetensors file, or a folder or zip as it was published',
    )
    .requiredOption('--out <dir>', 'the model folder to write')
    .option(
      '--architecture <name>',
      `${ENCODERS.map(({ name }) => name).join(', ')}, or an upstream class; the keys tell without it`,
    )
    .option(
      '--config <file>',
      'JSON: {"class", "ctor", "features"} or the constructor arguments; or YAML of a toolkit',
    )
    .addOption(
      new Option(
        '--front-end <name>',
        'features it was trained on; the commonest for its keys without it',
      ).choices(Object.keys(FRONT_END_PRESETS)),
    )
    .option('--state-dict <path>', 'which one, where the checkpoint holds several encoders')
    .addOption(
      new Option('--precision <precision>', 'of the weights')
        .choices(['fp32', 'fp16', 'int8'])
        .default('fp32'),
    )
    .option('--name <name>', 'name of the model; the name of the folder without it')
    .option('--licence <id>', 'SPDX identifier of the licence of the weights')
    .option('--model-version <version>', 'version of the model')
    .option('--force', 'replace what is in the folder')
    .option('--json', 'print one JSON object')
    .action(convert);
}

async function convert(checkpoint: string, flags: ConvertFlags): Promise<void> {
  const force = flags.force === true;
  const name = modelName(flags);
  checkText('--licence', flags.licence);
  checkText('--model-version', flags.modelVersion);
  await checkOutputFolder(flags.out, force);
  const config =
    flags.config === undefined
      ? undefined
      : await readConvertConfig(
          new TextDecoder().decode(await readInput(flags.config)),
          flags.config,
        );
  const input = await namingFile(checkpoint, openConvertInput(checkpoint));
  const { published } = input;
  const said = config ?? published?.config;
  const progress = openProgress(flags.json);
  try {
    const { manifest, files, report } = await advising(
      checkpoint,
      convertCheckpoint(input.checkpoint, {
        name,
        precision: flags.precision,
        runGraph: runGraphOnce,
        onProgress: (stage) => progress.update(...STAGES[stage]),
        ...(said === undefined ? {} : { config: said }),
        ...(flags.architecture === undefined ? {} : { architecture: flags.architecture }),
        ...(flags.frontEnd !== undefined && isFrontEndPreset(flags.frontEnd)
          ? { frontEnd: flags.frontEnd }
          : {}),
        ...(flags.stateDict === undefined ? {} : { stateDict: flags.stateDict }),
        ...(flags.licence === undefined ? {} : { licence: flags.licence }),
        ...(flags.modelVersion === undefined ? {} : { version: flags.modelVersion }),
      }),
    );
    await writeOutputFolder(flags.out, files, force);
    progress.stop();
    if (report.features.others.length > 0) {
      process.stderr.write(`assumed: ${describeAssumed(report.features)} (--front-end)\n`);
    }
    const { bytes: size, sha256 } = manifest.files.model;
    const { embeddingSize, precision } = manifest;
    if (flags.json === true) {
      const source = published === undefined ? {} : { source: sourceOf(published) };
      const found = { name, precision, bytes: size, sha256, embeddingSize, ...report };
      printJson({ out: flags.out, ...found, ...source });
    } else {
      printLines([
        ...describeReport(flags.out, manifest, report),
        ...(published === undefined ? [] : describeSource(published)),
      ]);
    }
  } finally {
    input.close();
    progress.stop();
  }
}

/** Conversion knows no command: which options mend what it refuses is said here. */
async function advising<Result>(checkpoint: string, work: Promise<Result>): Promise<Result> {
  try {
    return await namingFile(checkpoint, work);
  } catch (error) {
    if (!(error instanceof VoiceprintError) || error.code !== 'model/unsupported') throw error;
    throw new VoiceprintError(
      error.code,
      `${error.message} (--architecture, --config, --state-dict, --front-end)`,
      { cause: error },
    );
  }
}

function sourceOf({ publisher, checkpoint, notes }: PublishedModel) {
  return { publisher, checkpoint: checkpoint.path, notes };
}

function describeSource({ publisher, checkpoint, notes }: PublishedModel): string[] {
  return [
    `  from ${printable(checkpoint.path)}, laid out as ${publisher}`,
    ...notes.map((note) => `  ${note}`),
  ];
}

/** Refused here, before minutes of work, rather than when the manifest is written. */
function modelName({ name, out }: ConvertFlags): string {
  const chosen = name ?? basename(resolve(out));
  if (isModelName(chosen)) return chosen;
  const remedy =
    name === undefined ? 'give the model a name with --name' : 'give --name another value';
  throw new VoiceprintError(
    'cli/usage',
    `the model cannot be called ${JSON.stringify(chosen)}: names are 1 to 64 letters, digits, ".", "_" or "-"; ${remedy}`,
  );
}

function checkText(flag: string, text: string | undefined): void {
  if (text === undefined || (text.length > 0 && text.length <= LONGEST_TEXT)) return;
  throw new VoiceprintError(
    'cli/usage',
    `${flag} has ${text.length} characters; give 1 to ${LONGEST_TEXT}`,
  );
}

function describeReport(out: string, manifest: Manifest, report: ConvertReport): string[] {
  const { ignoredKeys } = report;
  // Counters of training steps are in every checkpoint and tell nothing.
  const telling = ignoredKeys.filter((key) => !key.endsWith('num_batches_tracked'));
  const few = (names: readonly string[]) =>
    `${names
      .slice(0, SHOWN_KEYS)
      .map((name) => printable(name))
      .join(', ')}${names.length > SHOWN_KEYS ? `, and ${names.length - SHOWN_KEYS} more` : ''}`;
  return [
    `${out}: ${report.architecture} (${report.upstreamClass})`,
    `  ${report.parameters.toLocaleString('en')} values from ${report.usedKeys} keys, ${formatBytes(manifest.files.model.bytes)} as ${manifest.precision}, embedding of ${manifest.embeddingSize}`,
    `  ${ignoredKeys.length} keys not needed${telling.length === 0 ? '' : `: ${few(telling)}`}`,
    ...(report.stateDict === '' ? [] : [`  state dict at ${printable(report.stateDict)}`]),
    ...(report.foreign.length === 0 ? [] : [`  passed over unread: ${few(report.foreign)}`]),
    ...(manifest.precision === 'fp32'
      ? []
      : [
          Number.isNaN(report.cosineToFp32)
            ? '  not compared with the float32 graph: it is large'
            : `  cosine with the float32 graph on seeded features: ${report.cosineToFp32.toFixed(6)}`,
        ]),
    ...(report.features.assumed && report.features.others.length === 0
      ? [`  assumed: ${describeAssumed(report.features)}`]
      : []),
    ...report.notes.map((note) => `  assumed: ${note}`),
  ];
}
