import type { Command } from 'commander';
import { VoiceprintError } from '../../errors.js';
import type { Verification } from '../../verifier/types.js';
import { openNodeVerifier } from '../node-verifier.js';
import { namingFile, printJson, printLines, readInput } from '../output.js';

interface VerifyFlags {
  readonly model: string;
  readonly enroll: readonly string[];
  readonly test: string;
  readonly falseAcceptRate?: string;
  readonly threshold?: string;
  readonly json?: boolean;
}

/** `voiceprint verify --model M --enroll FILE... --test FILE`: exit 0 accepted, 1 rejected. */
export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('enroll from files, then tell whether another file is the same voice')
    .requiredOption('--enroll <file...>', 'audio files of the enrolled person')
    .requiredOption('--test <file>', 'the audio file to judge')
    .option('--model <model>', 'a name in models/, a model folder, or a URL', 'default')
    .option('--false-accept-rate <rate>', 'decide at this measured rate, such as 0.01')
    .option('--threshold <score>', 'decide at this score, whatever its rate')
    .option('--json', 'print one JSON object')
    .action(async (flags: VerifyFlags) => {
      const options = {
        ...(flags.falseAcceptRate === undefined
          ? {}
          : { falseAcceptRate: rateOf(flags.falseAcceptRate) }),
        ...(flags.threshold === undefined ? {} : { threshold: scoreOf(flags.threshold) }),
      };
      const enroll = await Promise.all(flags.enroll.map(readInput));
      const test = await readInput(flags.test);
      const verifier = await openNodeVerifier(flags.model);
      try {
        // Messages count utterances; with the names beside the count, the file is found.
        await namingFile(flags.enroll.join(', '), verifier.enroll('enrolled', enroll));
        const result = await namingFile(flags.test, verifier.verify('enrolled', test, options));
        if (flags.json === true) printJson({ ...result, backend: verifier.backend });
        else printLines([describeVerification(result)]);
        process.exitCode = result.accepted ? 0 : 1;
      } finally {
        await verifier.dispose();
      }
    });
}

function rateOf(text: string): number {
  const rate = text.trim() === '' ? Number.NaN : Number(text);
  if (rate > 0 && rate < 1) return rate;
  throw new VoiceprintError(
    'cli/usage',
    `--false-accept-rate is "${text}"; give a share between 0 and 1, such as 0.01`,
  );
}

function scoreOf(text: string): number {
  const score = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(score)) return score;
  throw new VoiceprintError('cli/usage', `--threshold is "${text}"; give a score, such as 0.4`);
}

/** One line that says the decision and what it rests on. */
export function describeVerification(result: Verification): string {
  const verdict = result.accepted ? 'accepted' : 'rejected';
  const side = result.accepted ? '>=' : '<';
  const llr = result.llr === undefined ? '' : `, log-likelihood ratio ${result.llr.toFixed(2)}`;
  const rate =
    result.falseAcceptRate === undefined
      ? ''
      : ` (measured false-accept rate ${result.falseAcceptRate})`;
  return `${verdict}: score ${result.score.toFixed(3)} ${side} threshold ${result.threshold.toFixed(3)}${rate}, cosine ${result.cosine.toFixed(3)}${llr}, ${result.timings.total.toFixed(0)} ms`;
}
