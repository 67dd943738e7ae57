// Finds a Chromium, or installs one. Plain Node: this runs before any dependency is installed.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { run, say } from '../steps/run.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const PLACES = [
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The path of a Chromium that starts, or undefined. `CHROME_PATH` comes first. */
export function findChromium() {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const candidates = [process.env.CHROME_PATH, ...onPath, ...PLACES, playwrightChromium()];
  return candidates.find((path) => path !== undefined && executable(path) && starts(path));
}

/**
 * Installs a Chromium: the system's package where that is possible, else Playwright's own.
 *
 * @returns {Promise<string>} its path
 */
export async function installChromium() {
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    say('installing the system package chromium (apt-get)');
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-qq'], { minutes: 3, env, quiet: true });
    const args = ['install', '-y', '-qq', '--no-install-recommends', 'chromium'];
    await run('apt-get', args, { minutes: 8, env, quiet: true });
    const found = findChromium();
    if (found !== undefined) return found;
  }
  say("installing Playwright's Chromium");
  await run('npx', ['playwright', 'install', 'chromium'], { minutes: 8 });
  const found = findChromium();
  if (found === undefined) {
    throw new Error('No Chromium could be installed; install one and set CHROME_PATH to it.');
  }
  return found;
}

function playwrightChromium() {
  try {
    return createRequire(import.meta.url)('playwright-core').chromium.executablePath();
  } catch {
    return undefined;
  }
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Some systems have a stand-in that only says where to get the real program. */
function starts(path) {
  if (process.platform === 'win32') return true;
  return spawnSync(path, ['--version'], { timeout: 30_000, stdio: 'ignore' }).status === 0;
}
