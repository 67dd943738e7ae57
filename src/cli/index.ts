#!/usr/bin/env node
import { main } from './run-cli.js';

await main();
