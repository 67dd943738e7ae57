import type { Command } from 'commander';
import { SAMPLE_RATE } from '../../src/audio/limits.js';
import { printJson, printLines } from '../../src/cli/output.js';
import { openProgress } from '../../src/cli/output-progress.js';
import type { Encoder } from '../../src/engine/encoder/types.js';
import { openEngine } from '../../src/engine/open-engine.js';
import { VoiceprintError } from '../../src/errors.js';
import { asyncDispose } from '../../src/lifetime/async-dispose.js';
import { COMPARISONS } from './bench/comparisons.js';
import { type Figures, median, noise } from './bench/figures.js';
import { benchStream, openBenchEncoder } from './bench/stream-on-wasm.js';

interface BenchFlags {
  readonly model: string;
  readonly streamingModel: string;
  readonly only?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

const RUNS = 15;
const SECONDS = 3;

/** Every benchmark by name. All figures are ratios of times measured in the same run. */
const BENCHMARKS: Readonly<
  Record<string, (encoder: Encoder, flags: BenchFlags) => Promise<Figures>>
> = {
  embed: benchEmbed,
  speech: benchSpeech,
  stream: benchLiveStream,
};

const ABOUT: Readonly<Record<keyof typeof BENCHMARKS, string>> = {
  embed: 'audio over computing time of an embedding, front end over encoder',
  speech: 'audio over computing time of finding the speech',
  stream: 'what a live stream costs, and a sliding window beside it',
};
const NAMES = [...Object.keys(BENCHMARKS), ...Object.keys(COMPARISONS)];

/** `voiceprint bench`: how fast a model runs on this machine, on WebAssembly with one thread. */
export function registerBench(program: Command): void {
  program
    .command('bench')
    .description('how fast a model runs on this machine, as ratios')
    .option('--model <model>', 'a name in models/, a model folder, or a URL', 'default')
    .option('--streaming-model <model>', 'the same, for the benchmark stream', 'streaming')
    .option('--only <name>', 'one of the names below')
    .option('--all', 'the comparisons too')
    .option('--json', 'print one JSON object')
    .addHelpText('after', namesAndWords())
    .action(async (flags: BenchFlags) => {
      if (flags.only !== undefined && Object.hasOwn(COMPARISONS, flags.only)) {
        return print(await compare(flags), flags);
      }
      if (flags.only !== undefined && !Object.hasOwn(BENCHMARKS, flags.only)) {
        throw new VoiceprintError(
          'cli/usage',
          `no benchmark "${flags.only}"; there are ${NAMES.join(', ')}`,
        );
      }
      const encoder = await openBenchEncoder(flags.model);
      const report: Record<string, Figures> = {};
      try {
        for (const [name, bench] of Object.entries(BENCHMARKS)) {
          if (flags.only === undefined || flags.only === name)
            report[name] = await bench(encoder, flags);
        }
      } finally {
        await encoder[asyncDispose]();
      }
      if (flags.all === true && flags.only === undefined)
        Object.assign(report, await compare(flags));
      print(report, flags);
    });
}

/** Audio over computing time of an embedding, and what the front end costs beside the encoder. */
async function benchEmbed(encoder: Encoder): Promise<Figures> {
  const samples = noise(SECONDS * SAMPLE_RATE);
  const realtime: number[] = [];
  const frontEndOverEncoder: number[] = [];
  await encoder.encode(samples);
  for (let run = 0; run < RUNS; run++) {
    const { featuresMilliseconds, encoderMilliseconds } = await encoder.encode(samples);
    realtime.push((SECONDS * 1000) / (featuresMilliseconds + encoderMilliseconds));
    frontEndOverEncoder.push(featuresMilliseconds / encoderMilliseconds);
  }
  return { realtime: median(realtime), frontEndOverEncoder: median(frontEndOverEncoder) };
}

/** Audio over computing time of finding the speech and judging the quality. */
async function benchSpeech(_: Encoder, { model }: BenchFlags): Promise<Figures> {
  const engine = await openEngine({ model, backend: 'wasm', threads: 1 });
  const samples = noise(SECONDS * SAMPLE_RATE);
  const realtime: number[] = [];
  await engine.hear(samples, { models: [] });
  for (let run = 0; run < RUNS; run++) {
    const { speechMilliseconds } = await engine.hear(samples, { models: [] });
    realtime.push((SECONDS * 1000) / speechMilliseconds);
  }
  await engine[asyncDispose]();
  return { realtime: median(realtime) };
}

/** What a live stream costs, and a sliding window beside it. */
async function benchLiveStream(encoder: Encoder, flags: BenchFlags): Promise<Figures> {
  const progress = openProgress(flags.json === true);
  try {
    return await benchStream(flags.streamingModel, encoder, (done) =>
      progress.update(done, 'an hour of audio'),
    );
  } finally {
    progress.stop();
  }
}

/** The comparisons that are asked for: one, or all. */
async function compare({ only, json }: BenchFlags): Promise<Record<string, Figures>> {
  const report: Record<string, Figures> = {};
  for (const [name, { run }] of Object.entries(COMPARISONS)) {
    if (only !== undefined && only !== name) continue;
    if (json !== true) process.stderr.write(`${name} ...\n`);
    report[name] = await run();
  }
  return report;
}

function print(report: Readonly<Record<string, Figures>>, { json }: BenchFlags): void {
  if (json === true) printJson(report);
  else printLines(Object.entries(report).flatMap(([name, figures]) => table(name, figures)));
}

/** What there is to measure, for the help text. */
function namesAndWords(): string {
  const line = (name: string, about: string) => `  ${name.padEnd(16)}${about}`;
  return [
    '',
    'Benchmarks of a model on WebAssembly, one thread:',
    ...Object.entries(ABOUT).map(([name, about]) => line(name, about)),
    '',
    'Comparisons (--all, or one by --only):',
    ...Object.entries(COMPARISONS).map(([name, { about }]) => line(name, about)),
  ].join('\n');
}

function table(name: string, figures: Figures): readonly string[] {
  return Object.entries(figures).map(
    ([figure, value]) => `${`${name}.${figure}`.padEnd(64)} ${value.toPrecision(3)}`,
  );
}
