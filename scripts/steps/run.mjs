// Runs commands with a time limit that ends their whole process tree. Plain Node: this is used
// before any dependency is installed.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Process groups that are running, so that an interruption ends them as well. */
const running = new Set();

/** One short line about what is being done. */
export function say(text) {
  console.log(`· ${text}`);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ minutes: number, env?: Record<string, string>, quiet?: boolean }} options `quiet` holds
 *   the output back; it is part of the result either way.
 * @returns {Promise<{ code: number, seconds: number, timedOut: boolean, output: string }>}
 */
export function run(command, args, { minutes, env = {}, quiet = false }) {
  const start = performance.now();
  const windows = process.platform === 'win32';
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    // A group of its own, so that children of children end with it.
    detached: !windows,
    shell: windows,
  });
  running.add(child);
  const chunks = [];
  child.stdout?.on('data', (chunk) => chunks.push(chunk));
  child.stderr?.on('data', (chunk) => chunks.push(chunk));
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    console.error(`stopped after ${minutes} minutes: ${[command, ...args].join(' ')}`);
    endTree(child);
  }, minutes * 60_000);

  return new Promise((resolve) => {
    const done = (code) => {
      clearTimeout(limit);
      running.delete(child);
      const seconds = (performance.now() - start) / 1000;
      resolve({ code, seconds, timedOut, output: Buffer.concat(chunks).toString('utf8') });
    };
    child.on('error', (error) => {
      chunks.push(Buffer.from(String(error)));
      done(127);
    });
    child.on('close', (code) => {
      // What a command left running in the background must not outlive it.
      if (timedOut || code !== 0) endTree(child);
      done(timedOut ? 124 : (code ?? 1));
    });
  });
}

function endTree(child) {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F']);
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is already gone.
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (running.size === 0) return;
    for (const child of running) endTree(child);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}
