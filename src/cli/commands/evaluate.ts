import { type Command, Option } from 'commander';
import { VoiceprintError } from '../../errors.js';
import { EVALUATE_DEFAULTS, type EvaluateOptions, evaluate } from '../../evaluate/evaluate.js';
import { runWorker } from '../../evaluate/workers/worker.js';
import { WORKER_FLAG } from '../../evaluate/workers/worker-messages.js';
import { evaluationTable } from '../evaluation-table.js';
import { withProgressBar } from '../files-progress.js';
import { printJson } from '../output.js';
import { checkOutputFile, writeReport, writeScores } from '../write-report.js';

interface EvaluateFlags {
  readonly model: string;
  readonly trials: string;
  readonly root: string;
  readonly seconds?: string;
  readonly json?: boolean;
  readonly report?: string;
  readonly scores?: string;
  readonly skipUnreadable?: boolean;
  readonly speechOnly?: boolean;
  /** A folder, or false after `--no-cache`. */
  readonly cache: string | false;
  readonly workers?: string;
  readonly worker?: boolean;
}

/** `voiceprint evaluate --model M --trials FILE --root DIR`, and the workers that it starts. */
export function registerEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description('measure a model on a trial list: EER, detection costs, Cllr, with intervals')
    .requiredOption('--trials <file>', '"1 enroll test" or "enroll test target" on each line')
    .requiredOption('--root <dir>', 'folder that the names in the trial list are relative to')
    .option('--model <model>', 'a name in models/, a model folder, or a URL', 'default')
    .option('--seconds <s>', 'score the first so many seconds only, instead of 1, 2, 3, 5 and all')
    .option('--speech-only', 'leave pauses out before lengths are cut')
    .option('--skip-unreadable', 'leave out trials whose audio cannot be read, and count them')
    .option('--cache <dir>', 'where embeddings are kept', EVALUATE_DEFAULTS.cacheFolder)
    .option('--no-cache', 'keep no embeddings')
    .option('--workers <n>', 'processes that embed (default: one per core)')
    .option('--json', 'print one JSON object')
    .option('--report <file>', 'write a report with plots as one HTML file')
    .option('--scores <file>', 'write the score of every trial as CSV')
    .addOption(new Option(WORKER_FLAG).hideHelp())
    .action(async (flags: EvaluateFlags) => {
      if (flags.worker === true) return runWorker();
      for (const path of [flags.report, flags.scores]) {
        if (path !== undefined) await checkOutputFile(path);
      }
      const result = await withProgressBar((onProgress) =>
        evaluate({ ...optionsOf(flags), onProgress, onMeasure: tellMeasuring }),
      );
      if (flags.report !== undefined) await writeReport(flags.report, flags.trials, result);
      if (flags.scores !== undefined) await writeScores(flags.scores, result);
      if (flags.json === true) printJson(result.evaluation);
      else process.stdout.write(evaluationTable(result.evaluation));
    });
}

/** From so many trials on, figures with intervals take long enough to be told about. */
const MANY_TRIALS = 100_000;

function tellMeasuring(done: number, total: number, trials: number): void {
  if (trials < MANY_TRIALS) return;
  process.stderr.write(`figures and intervals of ${trials} trials: ${done + 1} of ${total}\n`);
}

function optionsOf(flags: EvaluateFlags): EvaluateOptions {
  return {
    model: flags.model,
    trials: flags.trials,
    root: flags.root,
    cacheFolder: flags.cache === false ? null : flags.cache,
    speechOnly: flags.speechOnly ?? false,
    skipUnreadable: flags.skipUnreadable ?? false,
    ...(flags.seconds === undefined ? {} : { seconds: positiveNumber('--seconds', flags.seconds) }),
    ...(flags.workers === undefined
      ? {}
      : { workers: Math.ceil(positiveNumber('--workers', flags.workers)) }),
  };
}

function positiveNumber(flag: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new VoiceprintError('cli/usage', `${flag} is "${text}"; give a number above 0`);
}
