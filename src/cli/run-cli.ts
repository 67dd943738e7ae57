import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { escapeUnprintable } from '../checkpoint/printable.js';
import { VoiceprintError } from '../errors.js';

const DONE = 0;
const WRONG_INPUT = 2;

type Register = (program: Command) => void;

/** Each command brings rooms of its own (a runtime, decoders), so only the named one is loaded. */
const COMMANDS: ReadonlyMap<string, () => Promise<Register>> = new Map([
  ['convert', async () => (await import('./convert-command.js')).registerConvert],
  ['inspect', async () => (await import('./inspect-command.js')).registerInspect],
  ['embed', async () => (await import('./embed-command.js')).registerEmbed],
  ['verify', async () => (await import('./verify-command.js')).registerVerify],
  ['evaluate', async () => (await import('./evaluate-command.js')).registerEvaluate],
  ['calibrate', async () => (await import('./calibrate-command.js')).registerCalibrate],
  ['parity', async () => (await import('./parity-command.js')).registerParity],
  ['bench', async () => (await import('./bench-command.js')).registerBench],
  ['proof', async () => (await import('./proof-command.js')).registerProof],
]);

/**
 * Runs one command of `voiceprint` in this process; results go to stdout.
 *
 * @param argv - What stands after the program's name.
 * @returns the exit status: 0 when it is done, 1 when a check fell short (commands say so in
 *   `process.exitCode`), 2 on wrong usage or unreadable input, with one line on stderr.
 */
export async function runCli(argv: readonly string[]): Promise<number> {
  process.exitCode = DONE;
  try {
    await (await createProgram(argv[0])).parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? DONE);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === DONE) return DONE;
    process.stderr.write(`voiceprint: ${explain(error)}\n`);
    if (process.env.VOICEPRINT_DEBUG !== undefined) console.error(error);
    return WRONG_INPUT;
  }
}

/** The command line: each subcommand registers itself and throws on bad input. */
async function createProgram(command: string | undefined): Promise<Command> {
  const program = new Command('voiceprint')
    .description('speaker verification models: convert, inspect, run, measure')
    .version(packageJson.version)
    .exitOverride()
    // Commander's own lines are gathered into the one line that `explain` prints.
    .configureOutput({ outputError: () => {} });
  const named = COMMANDS.get(command ?? '');
  for (const load of named === undefined ? COMMANDS.values() : [named]) (await load())(program);
  return program;
}

function explain(error: unknown): string {
  const oneLine = (text: string) => escapeUnprintable(text.trim().replace(/\s*\n\s*/g, ' '));
  if (error instanceof CommanderError) {
    const help = error.code === 'commander.help' ? 'name a command' : oneLine(error.message);
    return `${help.replace(/^error: |\.$/g, '')}; see voiceprint --help`;
  }
  if (error instanceof VoiceprintError) return oneLine(error.message);
  const message = error instanceof Error ? error.message : String(error);
  return `unexpected failure: ${oneLine(message)}; run again with VOICEPRINT_DEBUG=1 and report it`;
}
