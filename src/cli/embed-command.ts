import type { Command } from 'commander';
import { openNodeVerifier } from './node-verifier.js';
import { checkFiles, namingFile, readInput } from './output.js';
import { openProgress } from './output-progress.js';

/** `voiceprint embed --model M FILE...`: one JSON line per file. */
export function registerEmbed(program: Command): void {
  program
    .command('embed')
    .description('print the embedding of each audio file, one JSON line per file')
    .argument('<file...>', 'audio files (wav, flac, ogg, opus, mp3)')
    .option('--model <model>', 'a name in models/, a model folder, or a URL', 'default')
    .action(async (files: string[], options: { model: string }) => {
      await checkFiles(files);
      const progress = openProgress(!process.stderr.isTTY);
      const verifier = await openNodeVerifier(options.model);
      try {
        for (const [index, file] of files.entries()) {
          progress.update(index / files.length, file);
          const { values, quality } = await namingFile(file, verifier.embed(await readInput(file)));
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
        progress.stop();
        await verifier.dispose();
      }
    });
}
