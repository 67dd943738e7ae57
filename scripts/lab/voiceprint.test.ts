import { describe, expect, it } from 'vitest';
import { refusalOf, runCaptured, runCapturedWith } from '../../src/cli/capture.fixture.js';
import { CHECKOUT_COMMANDS } from './commands.js';

const LABORATORY = ['parity', 'bench'];

describe("the command of a checkout has the laboratory's verbs", () => {
  it('beside every shipped command', async () => {
    const { status, stdout } = await runCapturedWith(CHECKOUT_COMMANDS, '--help');
    expect(status).toBe(0);
    for (const name of ['convert', 'evaluate', ...LABORATORY]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  it.each(LABORATORY)('and %s is not shipped', async (name) => {
    const line = refusalOf(await runCaptured(name));
    expect(line).toContain(`unknown command '${name}'`);
  });

  it.each([
    ['an unknown backend', ['parity', '.', '--backend', 'cuda'], 'wasm, webgpu'],
    ['a folder that is not there', ['parity', 'nowhere'], 'nowhere'],
    ['a folder without cases', ['parity', 'scripts/lab'], 'scripts/lab holds no case'],
    ['an unknown benchmark', ['bench', '--only', 'nothing'], 'no benchmark "nothing"'],
  ])('refuses %s in one line', async (_, argv, words) => {
    expect(refusalOf(await runCapturedWith(CHECKOUT_COMMANDS, ...argv))).toContain(words);
  });
});
