import { vi } from 'vitest';
import { COMMANDS, type Commands, runCli } from './run-cli.js';

/** What one command left behind. */
export interface CliRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a shipped command in this process and keeps what it prints. */
export function runCaptured(...argv: readonly string[]): Promise<CliRun> {
  return runCapturedWith(COMMANDS, ...argv);
}

/** The same with commands of the caller's choice. */
export async function runCapturedWith(
  commands: Commands,
  ...argv: readonly string[]
): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  const error = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  const before = process.exitCode;
  try {
    const status = await runCli(argv, commands);
    return { status, stdout, stderr };
  } finally {
    process.exitCode = before;
    out.mockRestore();
    error.mockRestore();
  }
}

/** Asserts the one line of a refusal: status 2, nothing on stdout, no stack trace. */
export function refusalOf({ status, stdout, stderr }: CliRun): string {
  const lines = stderr.split('\n').filter((line) => line.startsWith('voiceprint: '));
  if (status !== 2 || stdout !== '' || lines.length !== 1 || /\n\s+at /.test(stderr)) {
    throw new Error(`expected a refusal, got ${JSON.stringify({ status, stdout, stderr })}`);
  }
  if (stderr.includes('unexpected failure')) throw new Error(stderr);
  return lines[0] ?? '';
}
