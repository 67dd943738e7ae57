import type { Command } from 'commander';
import { openNodeVerifier, readAudioFile } from './node-verifier.js';

/** `voiceprint embed --model M FILE...`: one JSON line per file. */
export function registerEmbed(program: Command): void {
  program
    .command('embed')
    .description('print the embedding of each audio file, one JSON line per file')
    .argument('<file...>', 'audio files (wav, flac, ogg, opus, mp3)')
    .option('--model <model>', 'a name in models/, a model folder, or a URL', 'default')
    .action(async (files: string[], options: { model: string }) => {
      const verifier = await openNodeVerifier(options.model);
      try {
        for (const file of files) {
          const { values, quality } = await verifier.embed(await readAudioFile(file));
          const line = {
            file,
            model: verifier.model.name,
            seconds: quality.seconds,
            speechSeconds: quality.speechSeconds,
            reasons: quality.reasons,
            embedding: [...values],
          };
          process.stdout.write(`${JSON.stringify(line)}\n`);
        }
      } finally {
        await verifier.dispose();
      }
    });
}
