#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { VoiceprintError } from '../errors.js';
import { registerConvert } from './convert-command.js';
import { registerInspect } from './inspect-command.js';

const DONE = 0;
const WRONG_INPUT = 2;

/** The whole command: each subcommand registers itself and throws on bad input. */
function createProgram(): Command {
  const program = new Command('voiceprint')
    .description('speaker verification models: convert, inspect, run, measure')
    .version(packageJson.version)
    .exitOverride()
    // Commander's own lines are gathered into the one line that `explain` prints.
    .configureOutput({ outputError: () => {} });
  registerConvert(program);
  registerInspect(program);
  return program;
}

/**
 * Runs one command. Exit status 0 when it is done, 1 when a check fell short (set by the command),
 * 2 on wrong usage or unreadable input, with one line on stderr.
 */
async function main(): Promise<void> {
  try {
    await createProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === DONE) return;
    process.stderr.write(`voiceprint: ${explain(error)}\n`);
    if (process.env.VOICEPRINT_DEBUG !== undefined) console.error(error);
    process.exitCode = WRONG_INPUT;
  }
}

function explain(error: unknown): string {
  const oneLine = (text: string) => text.trim().replace(/\s*\n\s*/g, ' ');
  if (error instanceof CommanderError) {
    const help = error.code === 'commander.help' ? 'name a command' : oneLine(error.message);
    return `${help.replace(/^error: /, '')}; see voiceprint --help`;
  }
  if (error instanceof VoiceprintError) return oneLine(error.message);
  const message = error instanceof Error ? error.message : String(error);
  return `unexpected failure: ${oneLine(message)}; run again with VOICEPRINT_DEBUG=1 and report it`;
}

await main();
