import { main } from '../../src/cli/run-cli.js';
import { CHECKOUT_COMMANDS } from './commands.js';

await main(CHECKOUT_COMMANDS);
