import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assetFiles } from './assets.js';
import { LICENCES_FILE, writeDemoLicences, writeLicences } from './licences.js';

let dist: string;
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'licences-'));
  mkdirSync(join(dist, 'licenses'));
});
afterEach(() => rmSync(dist, { recursive: true, force: true }));

const bundled = (text: string) =>
  writeFileSync(join(dist, 'licenses/page.md'), `# Licenses\n${text}`);
const written = () => readFileSync(join(dist, LICENCES_FILE), 'utf8');

describe('the licences of the package', () => {
  it('hold what is bundled, what is copied and the models of others', () => {
    bundled('## lit - 3 (BSD)\n\nText of lit.\n');
    writeLicences(dist, assetFiles());
    expect(written()).toContain('Text of lit.');
    expect(written()).toMatch(/## onnxruntime-web - [\d.]+ \(MIT\)\n\nMIT License/);
    expect(written()).toMatch(/## @echogarden\/speex-resampler-wasm (.|\n)*?Redistribution/);
    expect(written()).toMatch(/## models\/silero-vad\n\nMIT License/);
    expect(readFileSync(join(dist, 'ONNXRUNTIME-NOTICES.txt'), 'utf8')).toContain('abseil');
  });

  it('stop the build for a package without a text', () => {
    bundled('## nobody-knows - 1.0.0 (MIT)\n');
    expect(() => writeLicences(dist, new Map())).toThrow(
      'licences/missing: nobody-knows is carried and brings no licence text: put it into scripts/build/licences/nobody-knows.txt',
    );
  });

  it('stop the build of the demo for a file of no known owner', () => {
    writeFileSync(join(dist, 'tune.mp3'), '');
    expect(() => writeDemoLicences(dist, dist)).toThrow('licences/unknown: tune.mp3');
  });
});
