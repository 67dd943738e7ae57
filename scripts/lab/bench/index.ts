import { parseArgs } from 'node:util';

/** Every benchmark by name; each gives named ratios, counts or sizes, never absolute times. */
const BENCHMARKS: Readonly<Record<string, () => Promise<Record<string, number>>>> = {
  'front-end': async () => (await import('./front-end.js')).benchFrontEnd(),
  encoder: async () => (await import('./encoder.js')).benchEncoder(),
  encoders: async () => (await import('./encoders.js')).benchEncoders(),
  wire: async () => (await import('./wire.js')).benchWire(),
  'first-score': async () => (await import('./first-score.js')).benchFirstScore(),
  memory: async () => (await import('./memory.js')).benchMemory(),
  mixing: async () => (await import('./mixing.js')).benchMixing(),
  stream: async () => (await import('./stream.js')).benchLiveStream(),
};

/** `npm run bench [-- --only NAME] [--json]`: ratios against a named alternative in the same run. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  if (values.only !== undefined && !Object.hasOwn(BENCHMARKS, values.only)) {
    console.error(`no benchmark "${values.only}"; there are ${Object.keys(BENCHMARKS).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const results: Record<string, Record<string, number>> = {};
  for (const [name, bench] of Object.entries(BENCHMARKS)) {
    if (values.only !== undefined && values.only !== name) continue;
    process.stderr.write(`${name} ...\n`);
    const figures = await bench();
    results[name] = figures;
    if (values.json) continue;
    console.log(name);
    for (const [figure, value] of Object.entries(figures)) {
      console.log(`  ${figure.padEnd(48)} ${value.toPrecision(3)}`);
    }
  }
  if (values.json) console.log(JSON.stringify(results));
}

await main();
