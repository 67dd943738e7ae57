// Everything that `npm start` and `npm test` need, done once and said in one line each. Plain Node
// without imports from node_modules, which may not be there yet.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findChromium, installChromium } from './chromium/find.mjs';
import { root, run, say } from './steps/run.mjs';

/** What a build is made from. */
const SOURCES = [
  'src',
  'demo',
  'models',
  'scripts/build',
  'vite.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
];

/** Written by a complete build. */
const BUILD_STAMP = join(root, '.cache', 'built');

/** @param {{ chromium?: boolean, build?: boolean }} wanted */
export async function setup({ chromium = false, build = false }) {
  checkNode();
  await installDependencies();
  if (chromium) await provideChromium();
  if (build) await buildIfStale();
}

function checkNode() {
  const { engines } = readJson(join(root, 'package.json'));
  const least = engines.node.replace('>=', '').split('.').map(Number);
  const have = process.versions.node.split('.').map(Number);
  const differing = least.findIndex((part, place) => part !== have[place]);
  if (differing !== -1 && have[differing] < least[differing]) {
    throw new Error(`Node ${least.join('.')} or later is needed; this is ${process.version}.`);
  }
}

async function installDependencies() {
  if (dependenciesMatch()) return;
  say('installing dependencies (npm ci)');
  const { code, output, seconds } = await run('npm', ['ci', '--no-audit', '--no-fund'], {
    minutes: 10,
    quiet: true,
  });
  if (code !== 0) throw new Error(`npm ci failed:\n${output.trim().slice(-2000)}`);
  say(`dependencies installed in ${seconds.toFixed(0)} s`);
}

/** Compares the lock with what npm wrote down about its last installation. */
function dependenciesMatch() {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = readJson(join(root, 'package-lock.json')).packages;
  const installed = readJson(installedFile).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, peer }]) =>
      path === '' || (installed[path]?.version ?? (optional || peer ? version : '')) === version,
  );
}

async function provideChromium() {
  let path = findChromium();
  if (path === undefined) {
    path = await installChromium();
    say(`Chromium installed: ${path}`);
  } else {
    say(`Chromium: ${path}`);
  }
  process.env.CHROME_PATH = path;
}

async function buildIfStale() {
  const built = existsSync(BUILD_STAMP) ? statSync(BUILD_STAMP).mtimeMs : 0;
  const newest = Math.max(...SOURCES.map((path) => newestChange(join(root, path))));
  if (built > newest && existsSync(join(root, 'dist/index.js'))) return;
  say('building the package and the demo (npm run build)');
  const { code, output, seconds } = await run('npm', ['run', '--silent', 'build'], {
    minutes: 8,
    quiet: true,
  });
  if (code !== 0) throw new Error(`npm run build failed:\n${output.trim().slice(-4000)}`);
  say(`built in ${seconds.toFixed(0)} s`);
}

function newestChange(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(
    stats.mtimeMs,
    ...readdirSync(path).map((name) => newestChange(join(path, name))),
  );
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Ends the process with one line instead of a stack. */
export function fail(error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  setup({ chromium: true, build: true }).catch(fail);
}
