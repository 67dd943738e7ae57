import type { Command } from 'commander';
import { decodeInNode } from '../../audio/decode/decode-node.js';
import { openEngine } from '../../engine/open-engine.js';
import type { Engine } from '../../engine/types.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { checkFiles, namingFile, readInput } from '../output.js';
import { openProgress } from '../output-progress.js';

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
        await engine[asyncDispose]();
      }
    });
}

async function embedFile(engine: Engine, file: string, speechAlone: boolean) {
  const samples = await decodeInNode(await readInput(file));
  const part = speechAlone ? 'speech' : 'whole';
  const { quality, pieces } = await engine.hear(samples, { part, unusable: true });
  const [model] = engine.models;
  const values = pieces[0]?.embeddings.get(model?.sha256 ?? '') ?? [];
  return {
    file,
    model: model?.name,
    seconds: quality.seconds,
    speechSeconds: quality.speechSeconds,
    reasons: quality.reasons,
    embedding: [...values],
  };
}
