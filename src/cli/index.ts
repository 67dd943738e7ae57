#!/usr/bin/env node
import { runCli } from './run-cli.js';

// Whoever reads stdout may have enough of it (`voiceprint inspect FILE | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.stderr.write(`voiceprint: cannot write: ${error.message}\n`);
  process.exit(error.code === 'EPIPE' ? undefined : 2);
});

process.exitCode = await runCli(process.argv.slice(2));
