// `npm test`: set-up, then every check. The last line is `N passed, N failed` over all of them.
// `npm test -- --fast` is for the inner loop: `npm run check` and the unit tests that are not slow.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setup } from './setup.mjs';
import { root, run, say } from './steps/run.mjs';

const cache = join(root, '.cache');
const shared = process.env.VOICEPRINT_SHARED ?? join(root, '..', 'shared');
const wholeReference = join(shared, 'reference/cases');
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Whoever waits for all of it waits no longer than this, on however busy a machine. */
const ALL_MINUTES = 40;

/** Types, lint, format, and whatever else judges the sources without running them. */
const check = {
  name: 'npm run check',
  minutes: 8,
  command: 'npm',
  args: ['run', '--silent', 'check'],
};
const build = {
  name: 'build',
  minutes: 8,
  command: 'npm',
  args: ['run', '--silent', 'build'],
};

function unitTests(...filter) {
  const report = join(cache, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = ['run', ...reporters, ...filter];
  return {
    name: 'unit tests',
    minutes: 30,
    command: bin('vitest'),
    args,
    report,
    count: countVitest,
  };
}

const parity = {
  name: existsSync(wholeReference)
    ? 'parity with upstream on WebAssembly'
    : `parity with upstream on WebAssembly, the kept cases (${wholeReference} is not there)`,
  minutes: 20,
  command: bin('tsx'),
  args: [
    join(root, 'scripts/lab/voiceprint.ts'),
    'parity',
    existsSync(wholeReference) ? wholeReference : join(root, 'scripts/lab/parity/cases'),
    // Its graph is not built yet; every other case is compared.
    '--except',
    'redimnet',
    '--json',
  ],
  count: countParity,
};

const browserTests = {
  name: 'browser tests',
  minutes: 35,
  command: bin('playwright'),
  args: ['test', '--reporter=list,json'],
  report: join(cache, 'playwright.json'),
  env: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(cache, 'playwright.json') },
  /** The long one: seen while it runs. */
  live: true,
  count: countPlaywright,
};

/** What runs side by side, list by list; each list in its order. */
const WHOLE = [
  [[build], [check]],
  [[browserTests], [unitTests(), parity]],
];
const FAST = [[[unitTests('--tags-filter=!slow')], [check]]];

function countVitest(json) {
  const unloaded = json.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return { passed: json.numPassedTests, failed: json.numFailedTests + unloaded.length };
}

function countParity(json) {
  for (const result of json.cases) {
    if (!result.pass) console.log(`  ${result.case}/${result.run}/${result.output} is off`);
  }
  return { passed: json.passed, failed: json.failed + json.skipped };
}

function countPlaywright({ stats, errors }) {
  if (stats.flaky > 0) console.log(`  ${stats.flaky} passed at the second try only, see above`);
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length };
}

/** Runs one command within its minutes and says how many of its tests passed and failed. */
async function runCheck({ name, minutes, command, args, report, env, live = false, count }, end) {
  const left = Math.min(minutes, (end - performance.now()) / 60_000);
  if (left <= 0) {
    say(`${name}: not begun, ${ALL_MINUTES} minutes are over`);
    return { passed: 0, failed: 1 };
  }
  say(name);
  if (report !== undefined) rmSync(report, { force: true });
  const result = await run(command, args, { minutes: left, env, quiet: !live });
  const counted = count === undefined ? byExitCode(result) : byReport(result, report, count);
  if (counted.failed > 0 && report !== undefined) console.log(result.output);
  else if (counted.failed > 0) console.log(result.output.trim().slice(-4000));
  say(
    `${name}: ${counted.passed} passed, ${counted.failed} failed in ${result.seconds.toFixed(0)} s`,
  );
  return counted;
}

function byExitCode({ code }) {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** A runner that crashed, or ran nothing, is a failure of its own. */
function byReport({ code, output }, report, count) {
  let counted;
  try {
    const text =
      report === undefined ? output.slice(output.indexOf('{')) : readFileSync(report, 'utf8');
    counted = count(JSON.parse(text));
  } catch (error) {
    console.error(`no report: ${error.message}`);
    return { passed: 0, failed: 1 };
  }
  const silent = counted.failed === 0 && (code !== 0 || counted.passed === 0);
  return silent ? { ...counted, failed: 1 } : counted;
}

async function test(fast) {
  const end = performance.now() + ALL_MINUTES * 60_000;
  await setup({ chromium: !fast });
  mkdirSync(cache, { recursive: true });
  const results = [];
  const inOrder = async (checks) => {
    for (const one of checks) results.push(await runCheck(one, end));
  };
  for (const stage of fast ? FAST : WHOLE) await Promise.all(stage.map(inOrder));
  const sum = (key) => results.reduce((total, counted) => total + counted[key], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  process.exitCode = sum('failed') === 0 ? 0 : 1;
}

test(process.argv.includes('--fast')).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
