import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { openCases } from '../parity/case-folder.js';
import { type Executor, openExecutor, type ParityBackend } from '../parity/executor.js';
import { runGraphCase } from '../parity/graph-cases.js';
import type { ParityResult } from '../parity/types.js';

/** Systems at the size of their papers; the weights are made by the reference's recipe. */
const CASES = [
  'sb_ecapa_c512_recipe',
  'sb_ecapa_c1024_recipe',
  'ska_e2e_real_recipe',
  'beats_real_size_recipe',
];
/** Runs after the first, which compiles; the fastest of them is reported. */
const WARM_RUNS = 3;

/**
 * What one case came to. Times are in seconds: on WebAssembly of the processor, which on one thread
 * are those of an idle machine; on WebGPU of the clock.
 */
interface Measured {
  readonly case: string;
  readonly compared: number;
  readonly failed: number;
  readonly worstRelativeError: number;
  /** Making the weights, the front end and writing the graphs. */
  readonly build: number;
  readonly open: number;
  /** The longest of the case's inputs, first and then again. */
  readonly firstRun: number;
  readonly run: number;
  /** Of the process that builds and, on WebAssembly, runs; the browser's is not in it. */
  readonly peakMegabytes: number;
}

/**
 * `npx tsx scripts/lab/bench/real-size.ts [--backend wasm|webgpu] [--case NAME] [--json]`: parity, time
 * and memory at real size, one process per case, so that none pays for another's memory.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string', default: 'wasm' },
      case: { type: 'string' },
      json: { type: 'boolean', default: false },
      child: { type: 'boolean', default: false },
    },
  });
  const { backend } = values;
  if (!isBackend(backend)) throw new RangeError(`--backend ${backend}: choose wasm or webgpu`);
  const wanted = values.case === undefined ? CASES : [values.case];
  if (values.child) {
    console.log(JSON.stringify(await measure(wanted[0] ?? '', backend)));
    return;
  }
  const measured: Measured[] = [];
  for (const name of wanted) {
    process.stderr.write(`${name} on ${backend} ...\n`);
    measured.push(await measureApart(name, backend));
  }
  if (values.json) console.log(JSON.stringify({ backend, cases: measured }));
  else console.table(measured.map(shown));
  if (measured.some(({ failed }) => failed > 0)) process.exitCode = 1;
}

async function measureApart(name: string, backend: ParityBackend): Promise<Measured> {
  const script = fileURLToPath(import.meta.url);
  const args = [...process.execArgv, script, '--child', '--case', name, '--backend', backend];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Measured;
}

async function measure(name: string, backend: ParityBackend): Promise<Measured> {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const shared = process.env.VOICEPRINT_SHARED ?? resolve(root, '../shared');
  const [folder] = await openCases(resolve(shared, 'reference/cases', name));
  if (folder === undefined) throw new RangeError(`no case ${name}`);
  const executor = await openExecutor(backend);
  const watch = new Stopwatch(executor, backend === 'wasm' ? processorSeconds : clockSeconds);
  const results = await runGraphCase(folder, watch).finally(() => executor.dispose());
  const wrong = results.filter(({ pass }) => !pass);
  for (const result of wrong) console.error(JSON.stringify(result));
  return {
    case: name,
    compared: results.length,
    failed: wrong.length,
    worstRelativeError: worst(results),
    ...watch.seconds,
    // maxRSS is in kilobytes on every platform.
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
}

/** Runs graphs and keeps the time: what is not opening or running is building. */
class Stopwatch implements Executor {
  readonly seconds = { build: 0, open: 0, firstRun: 0, run: 0 };
  private last: number;

  constructor(
    private readonly executor: Executor,
    private readonly now: () => number,
  ) {
    this.last = now();
  }

  async open(model: Uint8Array) {
    this.seconds.build += this.lap();
    const graph = await this.executor.open(model);
    this.seconds.open += this.lap();
    return {
      run: async (inputs: Parameters<typeof graph.run>[0]) => {
        this.lap();
        const outputs = await graph.run(inputs);
        const first = this.lap();
        let fastest = first;
        for (let i = 0; i < WARM_RUNS; i++) {
          await graph.run(inputs);
          fastest = Math.min(fastest, this.lap());
        }
        this.seconds.firstRun = Math.max(this.seconds.firstRun, first);
        this.seconds.run = Math.max(this.seconds.run, fastest);
        return outputs;
      },
      dispose: () => graph.dispose(),
    };
  }

  dispose(): Promise<void> {
    return this.executor.dispose();
  }

  private lap(): number {
    const now = this.now();
    const passed = now - this.last;
    this.last = now;
    return passed;
  }
}

function clockSeconds(): number {
  return performance.now() / 1000;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function worst(results: readonly ParityResult[]): number {
  return Math.max(...results.map(({ relative }) => relative));
}

function shown(measured: Measured) {
  return {
    case: measured.case,
    parity: `${measured.compared - measured.failed} of ${measured.compared}`,
    'worst relative error': measured.worstRelativeError.toExponential(1),
    'build, s': measured.build.toFixed(1),
    'open, s': measured.open.toFixed(2),
    'first run, s': measured.firstRun.toFixed(2),
    'run, s': measured.run.toFixed(2),
    'peak memory, MB': Math.round(measured.peakMegabytes),
  };
}

function isBackend(name: string): name is ParityBackend {
  return name === 'wasm' || name === 'webgpu';
}

await main();
