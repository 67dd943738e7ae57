// @module-tag slow

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../../scripts/lab/parity/npy.js';
import { SHARED } from '../../platform/checkout.fixture.js';
import { refusalOf, runCaptured } from '../capture.fixture.js';

const shared = SHARED;
const cases = resolve(shared, 'reference/cases');
const absent = !existsSync(cases);
if (absent) console.warn(`skipped: ${cases} is absent, and with it ESPnet's checkpoints`);

const folder = mkdtempSync(join(tmpdir(), 'voiceprint-espnet-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/** A float32 WAV file, which loses nothing. */
function writeWave(path: string, samples: Float32Array): void {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(3, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(64_000, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(32, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  writeFileSync(path, Buffer.concat([header, data]));
}

const npy = (path: string) => readNpy(readFileSync(resolve(cases, path)), path);

describe.skipIf(absent)('a whole ESPnet speaker model', () => {
  const checkpoint = resolve(cases, 'ska_e2e_small/model.pth');

  it('converts by its keys and embeds a recording as upstream does', async () => {
    const converted = await runCaptured('convert', checkpoint, '--out', at('ska'), '--json');
    expect(converted.status).toBe(0);
    expect(JSON.parse(converted.stdout)).toMatchObject({ architecture: 'ska-tdnn' });
    const manifest = JSON.parse(readFileSync(at('ska/manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      frontEnd: { recipe: 'espnet', parameters: { n_mels: 80, log: true, normalize: 'mn' } },
      input: { name: 'feats', minimumFrames: 3 },
      output: { name: 'emb' },
      embeddingSize: 48,
    });
    writeWave(at('w0.wav'), Float32Array.from(npy('sb_ecapa_c128/runs/w0/in_wavs.npy').values));
    const embedded = await runCaptured('embed', at('w0.wav'), '--model', at('ska'));
    const { embedding } = JSON.parse(embedded.stdout);
    const expected = Array.from(npy('ska_e2e_small/runs/w0/out_emb.f64.npy').values);
    const largest = Math.max(...expected.map(Math.abs));
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - embedding[i])));
    expect(worst / largest).toBeLessThan(1e-5);
  }, 60_000);

  it('is not taken for the other system of the same class', async () => {
    const run = runCaptured(
      'convert',
      checkpoint,
      '--architecture',
      'ecapa-tdnn-espnet',
      '--out',
      at('other'),
    );
    expect(refusalOf(await run)).toContain('keys of ska-tdnn');
    expect(existsSync(at('other'))).toBe(false);
  });
});
