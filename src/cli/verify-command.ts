import type { Command } from 'commander';
import type { Verification } from '../verifier/types.js';
import { openNodeVerifier, readAudioFile } from './node-verifier.js';

interface VerifyFlags {
  readonly model: string;
  readonly enroll: readonly string[];
  readonly test: string;
  readonly falseAcceptRate?: string;
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
    .option('--json', 'print one JSON object')
    .action(async (flags: VerifyFlags) => {
      const verifier = await openNodeVerifier(flags.model);
      try {
        await verifier.enroll('enrolled', await Promise.all(flags.enroll.map(readAudioFile)));
        const result = await verifier.verify('enrolled', await readAudioFile(flags.test), {
          ...(flags.falseAcceptRate === undefined
            ? {}
            : { falseAcceptRate: Number(flags.falseAcceptRate) }),
        });
        process.stdout.write(
          flags.json === true
            ? `${JSON.stringify({ ...result, backend: verifier.backend })}\n`
            : `${describeVerification(result)}\n`,
        );
        process.exitCode = result.accepted ? 0 : 1;
      } finally {
        await verifier.dispose();
      }
    });
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
  return `${verdict}: cosine ${result.score.toFixed(3)} ${side} threshold ${result.threshold.toFixed(3)}${rate}${llr}, ${result.timings.total.toFixed(0)} ms`;
}
