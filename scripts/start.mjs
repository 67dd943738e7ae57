// `npm start`: set-up, a proof in the terminal, then the demo. `--once` stops after the proof.
import { join } from 'node:path';
import { fail, setup } from './setup.mjs';
import { root, run, say } from './steps/run.mjs';

const once = process.argv.includes('--once');

async function start() {
  await setup({ build: true });
  const { code } = await run(process.execPath, [join(root, 'dist/cli.js'), 'proof'], {
    minutes: 3,
  });
  if (code !== 0) throw new Error('The proof failed: the demo is not started.');
  if (!once) await serve();
}

async function serve() {
  const { preview } = await import('vite');
  const server = await preview({
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'error',
    preview: { port: 4173, strictPort: false, open: hasDisplay() },
  });
  const address = server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0];
  say(`the demo is at ${address} (Ctrl-C ends it)`);
  const end = () => {
    say('ended');
    server.close().finally(() => process.exit(0));
    // A page that is still open keeps its connection.
    setTimeout(() => process.exit(0), 500).unref();
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

function hasDisplay() {
  if (process.env.CI || process.env.BROWSER === 'none') return false;
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

start().catch(fail);
