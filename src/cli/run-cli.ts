import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { escapeUnprintable } from '../checkpoint/printable.js';
import { VoiceprintError } from '../errors.js';

const DONE = 0;
const WRONG_INPUT = 2;

/** Adds a command to the program. */
export type Register = (program: Command) => void;

/** Commands by name, in the order of the help text. */
export type Commands = ReadonlyMap<string, () => Promise<Register>>;

/** Each command brings rooms of its own (a runtime, decoders), so only the named one is loaded. */
export const COMMANDS: Commands = new Map([
  ['convert', async () => (await import('./commands/convert.js')).registerConvert],
  ['inspect', async () => (await import('./commands/inspect.js')).registerInspect],
  ['embed', async () => (await import('./commands/embed.js')).registerEmbed],
  ['verify', async () => (await import('./commands/verify.js')).registerVerify],
  ['evaluate', async () => (await import('./commands/evaluate.js')).registerEvaluate],
  ['calibrate', async () => (await import('./commands/calibrate.js')).registerCalibrate],
  ['parity-check', async () => (await import('./commands/parity-check.js')).registerParityCheck],
  ['proof', async () => (await import('./commands/proof.js')).registerProof],
]);

/**
 * The program: runs what its arguments say and leaves the exit status.
 *
 * @param commands - What the program can do; by default what the package ships.
 */
export async function main(commands: Commands = COMMANDS): Promise<void> {
  // Whoever reads stdout may have enough of it (`voiceprint inspect FILE | head`).
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE')
      process.stderr.write(`voiceprint: cannot write: ${error.message}\n`);
    process.exit(error.code === 'EPIPE' ? undefined : 2);
  });
  process.exitCode = await runCli(process.argv.slice(2), commands);
}

/**
 * Runs one command of `voiceprint` in this process; results go to stdout.
 *
 * @param argv - What stands after the program's name.
 * @param commands - What the program can do; by default what the package ships.
 * @returns the exit status: 0 when it is done, 1 when a check fell short (commands say so in
 *   `process.exitCode`), 2 on wrong usage or unreadable input, with one line on stderr.
 */
export async function runCli(
  argv: readonly string[],
  commands: Commands = COMMANDS,
): Promise<number> {
  process.exitCode = DONE;
  try {
    await (await createProgram(argv[0], commands)).parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? DONE);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === DONE) return DONE;
    process.stderr.write(`voiceprint: ${explain(error)}\n`);
    if (process.env.VOICEPRINT_DEBUG !== undefined) console.error(error);
    return WRONG_INPUT;
  }
}

/** The command line: each subcommand registers itself and throws on bad input. */
async function createProgram(command: string | undefined, commands: Commands): Promise<Command> {
  const program = new Command('voiceprint')
    .description('speaker verification models: convert, inspect, run, measure')
    .version(packageJson.version)
    .exitOverride()
    // Commander's own lines are gathered into the one line that `explain` prints.
    .configureOutput({ outputError: () => {} });
  const named = commands.get(command ?? '');
  for (const load of named === undefined ? commands.values() : [named]) (await load())(program);
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
