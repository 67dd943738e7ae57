import type { Command } from 'commander';
import { decodeInNode } from '../audio/decode/decode-node.js';
import { centred } from '../audio/offset.js';
import { speechOnly } from '../audio/speech/speech-segments.js';
import { openEngine } from '../engine/engine.js';
import type { Engine } from '../engine/types.js';
import { checkFiles, namingFile, readInput } from './output.js';
import { openProgress } from './output-progress.js';

interface EmbedFlags {
  readonly model: string;
  readonly speechOnly?: boolean;
}

/**
 * `voiceprint embed --model M FILE...`: one JSON line per file. Files are embedded whole, as
 * upstream's own tools do, unless `--speech-only` asks for what the verifier scores.
 */
export function registerEmbed(program: Command): void {
  program
    .command('embed')
    .description('print the embedding of each audio file, one JSON line per file')
    .argument('<file...>', 'audio files (wav, flac, ogg, opus, mp3)')
    .option('--model <model>', 'a name in models/, a model folder, or a URL', 'default')
    .option('--speech-only', 'cut the pauses out first, as the verifier does')
    .action(async (files: string[], flags: EmbedFlags) => {
      await checkFiles(files);
      const progress = openProgress(!process.stderr.isTTY);
      const engine = await openEngine({ model: flags.model, backend: 'wasm' });
      try {
        for (const [index, file] of files.entries()) {
          progress.update(index / files.length, file);
          const line = await namingFile(file, embedFile(engine, file, flags.speechOnly === true));
          process.stdout.write(`${JSON.stringify(line)}\n`);
        }
      } finally {
        progress.stop();
        await engine.dispose();
      }
    });
}

async function embedFile(engine: Engine, file: string, speechAlone: boolean) {
  const samples = await decodeInNode(await readInput(file));
  const { quality } = await engine.analyse(samples);
  const { values } = await engine.embed(
    speechAlone ? speechOnly(samples, quality.segments) : centred(samples),
  );
  return {
    file,
    model: engine.manifest.name,
    seconds: quality.seconds,
    speechSeconds: quality.speechSeconds,
    reasons: quality.reasons,
    embedding: [...values],
  };
}
