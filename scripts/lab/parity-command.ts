import { type Command, Option } from 'commander';
import { printJson, printLines } from '../../src/cli/output.js';
import { type ParityReport, runParity } from './parity/run.js';
import type { ParityResult } from './parity/types.js';

interface Flags {
  readonly backend: 'wasm' | 'webgpu';
  readonly json?: boolean;
  readonly except?: string;
}

/** `voiceprint parity DIR`: are our graphs and front ends equal to upstream's? */
export function registerParity(program: Command): void {
  program
    .command('parity')
    .description('run reference cases and compare every output with upstream')
    .argument('<dir>', 'a folder of cases, or one case folder')
    .addOption(
      new Option('--backend <name>', 'where graphs run; webgpu starts a headless Chromium')
        .choices(['wasm', 'webgpu'])
        .default('wasm'),
    )
    .option('--except <prefix>', 'leave out cases whose names begin so')
    .option('--json', 'print one JSON object')
    .action(async (directory: string, { backend, json, except }: Flags) => {
      const onResult =
        json === true ? {} : { onResult: (r: ParityResult) => printLines([line(r)]) };
      const report = await runParity(directory, { backend, except, ...onResult });
      if (json === true) printJson(report);
      else printLines([summary(report)]);
      if (report.failed > 0) process.exitCode = 1;
    });
}

function line({ case: name, run, output, relative, tolerance, pass, note }: ParityResult): string {
  const verdict = pass ? 'ok  ' : 'OFF ';
  const figures =
    output === 'raises'
      ? 'refused'
      : `${relative.toExponential(1)} (allowed ${tolerance.toExponential(1)})`;
  const shown = !pass && output === 'raises' ? 'not refused' : figures;
  return `${verdict}${name}/${run}/${output}: ${shown}${note === undefined ? '' : ` - ${note}`}`;
}

function summary({ passed, failed, cases }: ParityReport): string {
  const worst = Math.max(0, ...cases.filter(({ pass }) => pass).map(({ relative }) => relative));
  return `${passed} passed, ${failed} failed; largest relative error of the passed: ${worst.toExponential(1)}`;
}
