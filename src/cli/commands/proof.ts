import { join } from 'node:path';
import type { Command } from 'commander';
import type { Verifier } from '../../verifier/types.js';
import { openNodeVerifier } from '../node-verifier.js';
import { readInput } from '../output.js';
import { describeVerification } from './verify.js';

const ENROLLED = 'ada';
const OTHER = 'ben';

/**
 * `voiceprint proof`: enrolls a bundled synthesized voice with the embedded model, then accepts
 * another clip of it and rejects another voice. Exit 1 when either decision is wrong.
 */
export function registerProof(program: Command): void {
  program
    .command('proof')
    .description('show on two bundled synthesized voices that this machine verifies speakers')
    .option('--model <model>', 'a name in models/, a model folder, or a URL', 'default')
    .option('--voices <dir>', 'folder of the bundled voices', 'demo/voices')
    .action(async (flags: { model: string; voices: string }) => {
      const clip = (name: string) => readInput(join(flags.voices, `${name}.flac`));
      const enrolled = [await clip(`${ENROLLED}-1`), await clip(`${ENROLLED}-2`)];
      const sameVoice = await clip(`${ENROLLED}-3`);
      const otherVoice = await clip(`${OTHER}-1`);
      const started = performance.now();
      const verifier = await openNodeVerifier(flags.model);
      try {
        const loaded = performance.now() - started;
        const { backend, model } = verifier;
        say(`model ${model.name} ${model.version} (${(model.bytes / 1e6).toFixed(1)} MB)`);
        say(`backend ${backend.name}, ${backend.threads} thread: ${backend.reason}`);
        say(`loaded and self-checked in ${loaded.toFixed(0)} ms`);
        const { speechSeconds } = await verifier.enroll(ENROLLED, enrolled);
        say(`enrolled ${ENROLLED}: ${speechSeconds.toFixed(1)} s of speech in 2 utterances`);
        const same = await decide(verifier, `${ENROLLED} again`, sameVoice);
        const other = await decide(verifier, `${OTHER}, another voice`, otherVoice);
        if (same && !other) say('proof passed: the same voice was accepted, the other rejected');
        else {
          say('proof failed: expected the same voice accepted and the other rejected');
          process.exitCode = 1;
        }
      } finally {
        await verifier.dispose();
      }
    });
}

async function decide(verifier: Verifier, who: string, clip: Uint8Array): Promise<boolean> {
  const result = await verifier.verify(ENROLLED, clip);
  say(`${who}: ${describeVerification(result)}`);
  return result.accepted;
}

function say(line: string): void {
  process.stdout.write(`  ${line}\n`);
}
