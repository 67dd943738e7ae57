// @module-tag slow
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { safetensorsOf, TINY_ECAPA, tinyEcapaTensors } from '../../models/tiny-ecapa.fixture.js';
import { refusalOf, runCaptured } from '../capture.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'voiceprint-convert-'));
const at = (name: string) => join(folder, name);
const bytes = safetensorsOf(tinyEcapaTensors());
const checkpoint = at('tiny.safetensors');
writeFileSync(checkpoint, bytes);
afterAll(() => rmSync(folder, { recursive: true }));

/** Names in the folder that a failed conversion could have left. */
const left = () => readdirSync(folder).filter((name) => /^o\d|^\./.test(name));

describe('voiceprint convert', () => {
  it('writes a model folder that inspect finds intact, and one JSON object', async () => {
    const run = await runCaptured('convert', checkpoint, '--out', at('tiny'), '--json');
    expect(run).toMatchObject({
      status: 0,
      stderr:
        'assumed: features speechbrain; also possible: kaldi, mel-spec, wespeaker, espnet (--front-end)\n',
    });
    expect(JSON.parse(run.stdout)).toMatchObject({
      name: 'tiny',
      precision: 'fp32',
      architecture: 'ecapa-tdnn',
      embeddingSize: TINY_ECAPA.lin_neurons,
    });
    expect(readdirSync(at('tiny')).sort()).toEqual(['README.md', 'manifest.json', 'model.onnx']);
    const inspected = await runCaptured('inspect', at('tiny'), '--json');
    expect(inspected.status).toBe(0);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ sound: true, name: 'tiny' });
  });

  it('takes the features that are named, and then assumes none', async () => {
    const out = at('kaldi');
    const run = await runCaptured(
      ...['convert', checkpoint, '--out', out, '--front-end', 'kaldi', '--json'],
    );
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(run.stdout).features).toEqual({ name: 'kaldi', assumed: false, others: [] });
    expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))).toMatchObject({
      frontEnd: { recipe: 'kaldi', parameters: { waveform_scale: 1, normalization: 'mean' } },
      selfCheck: { from: 'waveform' },
    });
    expect(readFileSync(join(out, 'README.md'), 'utf8')).not.toContain('features kaldi; also');
    rmSync(out, { recursive: true });
    const unknown = ['convert', checkpoint, '--out', out, '--front-end', 'mfcc'];
    expect(refusalOf(await runCaptured(...unknown))).toContain('kaldi');
  });

  it.each(['model.onnx', 'manifest.json'])('finds one changed bit in %s', async (name) => {
    await runCaptured('convert', checkpoint, '--out', at('flipped'), '--json');
    const file = readFileSync(join(at('flipped'), name));
    const middle = name === 'model.onnx' ? file.length >> 1 : file.indexOf('"sha256": "') + 11;
    file[middle] = (file[middle] ?? 0) ^ 1;
    writeFileSync(join(at('flipped'), name), file);
    const inspected = await runCaptured('inspect', at('flipped'), '--json');
    expect(inspected.status).not.toBe(0);
    const used = await runCaptured('embed', checkpoint, '--model', at('flipped'));
    expect(refusalOf(used)).toMatch(/SHA-256|manifest/);
    rmSync(at('flipped'), { recursive: true });
  });

  it.each([
    ['is empty', new Uint8Array(), 'is empty'],
    ['is text', new TextEncoder().encode('hello\n'), 'neither a PyTorch'],
    ['is cut short', bytes.subarray(0, bytes.length >> 1), ''],
    ['has a changed header', Uint8Array.from(bytes, (b, i) => (i === 20 ? b ^ 0x40 : b)), ''],
    ['is an ONNX graph', new Uint8Array([8, 10, 58, 2, 10, 0]), ''],
    [
      'unpacks to half a gigabyte',
      zipSync({ 'archive/data.pkl': [new Uint8Array(5e8), { level: 9 }] }),
      'limit',
    ],
    ['is a zip of something else', zipSync({ 'a.txt': new Uint8Array(9) }), ''],
  ])('refuses a checkpoint that %s, by its name, and leaves nothing', async (_, content, words) => {
    const path = at('hostile.ckpt');
    writeFileSync(path, content);
    const line = refusalOf(await runCaptured('convert', path, '--out', at('o1')));
    expect(line).toContain('hostile.ckpt: ');
    expect(line).toContain(words);
    expect(left()).toEqual([]);
  });

  it.each([
    ['a name with a slash', ['--name', 'a/b'], '"a/b"'],
    ['an empty name', ['--name', ''], '--name'],
    ['a long name', ['--name', 'x'.repeat(65)], '--name'],
    ['an empty licence', ['--licence', ''], '--licence'],
    ['a long version', ['--model-version', '1'.repeat(65)], '--model-version'],
  ])('refuses %s before it reads the checkpoint', async (_, options, words) => {
    const run = await runCaptured('convert', 'nowhere.ckpt', '--out', at('o1'), ...options);
    expect(refusalOf(run)).toContain(words);
  });

  it.each([
    ['nothing', '', 'is empty'],
    ['a folder name that is no model name', at('a b'), '--name'],
    ['a file', checkpoint, 'give a folder'],
    ['a place inside a file', join(checkpoint, 'x'), 'give a folder'],
    ['a place that cannot be written', '/proc/voiceprint/x', '/proc/voiceprint'],
  ])('refuses %s as --out, and leaves nothing', async (_, out, words) => {
    expect(refusalOf(await runCaptured('convert', checkpoint, '--out', out))).toContain(words);
    expect(left()).toEqual([]);
  });

  it('replaces a model folder with --force only, and nothing else even then', async () => {
    const out = at('again');
    const run = (...flags: string[]) => runCaptured('convert', checkpoint, '--out', out, ...flags);
    expect((await run()).status).toBe(0);
    expect(refusalOf(await run())).toContain('--force');
    expect((await run('--force', '--precision', 'int8', '--json')).status).toBe(0);
    expect(readFileSync(join(out, 'manifest.json'), 'utf8')).toContain('"int8"');

    writeFileSync(join(out, 'tiny.ckpt'), 'mine');
    expect(refusalOf(await run('--force'))).toContain('tiny.ckpt');
    rmSync(join(out, 'tiny.ckpt'));
    mkdirSync(join(out, 'notes'));
    expect(refusalOf(await run('--force'))).toContain('notes');
    expect(existsSync(join(out, 'model.onnx'))).toBe(true);

    const home = at('home');
    mkdirSync(home);
    writeFileSync(join(home, 'thesis.txt'), 'mine');
    const slip = await runCaptured('convert', checkpoint, '--out', home, '--force');
    expect(refusalOf(slip)).toContain('thesis.txt');
    expect(readFileSync(join(home, 'thesis.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it.each([
    ['is no JSON', '{nope', 'is not JSON'],
    ['is a list', '[1]', 'not a JSON object'],
    ['names an unknown class', '{"class":"Foo","ctor":{}}', '"Foo"'],
    ['has no ctor', '{"class":"ECAPA_TDNN"}', '"ctor"'],
    ['contradicts the weights', '{"lin_neurons":10}', 'lin_neurons in the config is 10'],
    ['has a wrong type', '{"channels":"abc"}', 'channels'],
    ['asks for more than memory', '{"channels":[1e9,1e9,1e9,1e9,1e9]}', 'channels'],
    [
      'asks for features that no recipe computes',
      '{"class":"ECAPA_TDNN","ctor":{"input_size":80},"features":{"class":"MFCC"}}',
      'MFCC',
    ],
    [
      'asks for statistics of the training data',
      '{"class":"ECAPA_TDNN","ctor":{"input_size":80},"features":{"class":"Fbank","normalization":{"norm_type":"global"}}}',
      'global',
    ],
  ])('refuses a configuration that %s', async (_, json, words) => {
    writeFileSync(at('config.json'), json);
    const argv = ['convert', checkpoint, '--out', at('o1'), '--config', at('config.json')];
    expect(refusalOf(await runCaptured(...argv))).toContain(words);
    expect(left()).toEqual([]);
  });

  it('refuses an architecture that it does not know', async () => {
    const argv = ['convert', checkpoint, '--out', at('o1'), '--architecture', 'rawnet'];
    expect(refusalOf(await runCaptured(...argv))).toContain('"rawnet"');
  });
});
