import { COMMANDS, type Commands } from '../../src/cli/run-cli.js';

/** What `voiceprint` can do in a checkout: the shipped commands, and the laboratory's. */
export const CHECKOUT_COMMANDS: Commands = new Map([
  ...COMMANDS,
  ['parity', async () => (await import('./parity-command.js')).registerParity],
  ['bench', async () => (await import('./bench-command.js')).registerBench],
]);
