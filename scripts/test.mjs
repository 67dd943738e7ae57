// `npm test`: set-up, then every check. The last line is `N passed, N failed` over all of them.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setup } from './setup.mjs';
import { root, run, say } from './steps/run.mjs';

const cache = join(root, '.cache');
const shared = process.env.VOICEPRINT_SHARED ?? join(root, '..', 'shared');
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Each check runs one command, within 30 minutes all together, and says how many of its tests passed and failed. */
const CHECKS = [
  { name: 'types', minutes: 1, command: bin('tsc'), args: ['--noEmit'] },
  { name: 'lint and format', minutes: 1, command: bin('biome'), args: ['check', '.'] },
  {
    name: 'unit tests',
    minutes: 6,
    command: bin('vitest'),
    args: [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${join(cache, 'vitest.json')}`,
    ],
    report: join(cache, 'vitest.json'),
    count: countVitest,
  },
  { name: 'build', minutes: 2, command: 'npm', args: ['run', '--silent', 'build'] },
  {
    name: 'parity with upstream on WebAssembly',
    minutes: 2,
    command: bin('tsx'),
    args: [
      join(root, 'scripts/lab/voiceprint.ts'),
      'parity',
      join(shared, 'reference/cases'),
      '--json',
    ],
    needs: join(shared, 'reference/cases'),
    quiet: true,
    count: countParity,
  },
  {
    name: 'browser tests',
    minutes: 18,
    command: bin('playwright'),
    args: ['test', '--reporter=list,json'],
    report: join(cache, 'playwright.json'),
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(cache, 'playwright.json') },
    count: countPlaywright,
  },
];

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

async function check({ name, minutes, command, args, needs, report, env, quiet, count }) {
  if (needs !== undefined && !existsSync(needs)) {
    say(`${name}: left out, ${needs} is not there`);
    return { passed: 0, failed: 0 };
  }
  say(name);
  if (report !== undefined) rmSync(report, { force: true });
  const result = await run(command, args, { minutes, env, quiet });
  const counted = count === undefined ? byExitCode(result) : byReport(result, report, count);
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
    console.error(`no report: ${error.message}\n${output.trim().slice(-2000)}`);
    return { passed: 0, failed: 1 };
  }
  const silent = counted.failed === 0 && (code !== 0 || counted.passed === 0);
  return silent ? { ...counted, failed: 1 } : counted;
}

async function test() {
  await setup({ chromium: true });
  mkdirSync(cache, { recursive: true });
  let passed = 0;
  let failed = 0;
  for (const step of CHECKS) {
    const counted = await check(step);
    passed += counted.passed;
    failed += counted.failed;
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

test().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
