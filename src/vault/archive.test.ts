// @module-tag slow
import { describe, expect, it } from 'vitest';
import { packArchive, unpackArchive } from './archive.js';
import { TEST_MODEL, testVoiceprint } from './voiceprints.fixture.js';

const passphrase = 'correct horse battery';
const people = [testVoiceprint('ada'), testVoiceprint('__proto__')];
const file = await packArchive(people, passphrase);

const damaged = (message: RegExp) =>
  expect.objectContaining({ code: 'vault/damaged', message: expect.stringMatching(message) });

const uttered = (embedding: Float32Array) => ({
  seconds: 2,
  embeddings: new Map([[TEST_MODEL, embedding]]),
});

describe('exported files', () => {
  it('come back as they went in, to the bit', async () => {
    expect(await unpackArchive(file, passphrase)).toEqual(people);
  });

  it('keep what the browser said of the microphone, and that it did not say', async () => {
    const microphone = {
      label: 'USB',
      sampleRate: 48_000,
      echoCancellation: false,
      noiseSuppression: undefined,
      autoGainControl: true,
    };
    const packed = await packArchive([testVoiceprint('ada', { microphone })], passphrase);
    expect((await unpackArchive(packed, passphrase))[0]?.microphone).toStrictEqual(microphone);
  });

  it('carry the documented header: format 2 and 600,000 iterations', () => {
    expect(new TextDecoder().decode(file.subarray(0, 7))).toBe('VOICEPR');
    expect(file[7]).toBe(2);
    expect(new DataView(file.buffer).getUint32(8)).toBe(600_000);
  });

  it('differ each time: salt and nonce are fresh', async () => {
    const again = await packArchive(people, passphrase);
    expect(again.subarray(12, 40)).not.toEqual(file.subarray(12, 40));
  });

  it('show no name', () => {
    expect(Buffer.from(file).includes('ada')).toBe(false);
  });

  it('do not open with a wrong passphrase', async () => {
    await expect(unpackArchive(file, 'wrong horse battery')).rejects.toThrow(
      damaged(/passphrase is wrong/),
    );
    await expect(unpackArchive(file, '')).rejects.toThrow(damaged(/passphrase is wrong/));
  });

  it.each([
    ['salt', 12],
    ['nonce', 28],
    ['contents', 60],
  ])('are refused when a bit of the %s was changed', async (_, position) => {
    const changed = file.slice();
    changed[position] = (changed[position] ?? 0) ^ 1;
    await expect(unpackArchive(changed, passphrase)).rejects.toThrow(damaged(/altered/));
  });

  it('are refused without work when the header asks for absurd key derivation', async () => {
    for (const iterations of [1, 0xffffffff]) {
      const changed = file.slice();
      new DataView(changed.buffer).setUint32(8, iterations);
      await expect(unpackArchive(changed, passphrase)).rejects.toThrow(damaged(/rounds/));
    }
  });

  it.each([
    ['nothing', new Uint8Array(), /no exported voiceprint file/],
    ['another file', new TextEncoder().encode('RIFF....WAVEfmt '), /no exported voiceprint file/],
    ['a header alone', file.slice(0, 40), /ends after 40 bytes/],
    ['half of it', file.slice(0, file.length / 2), /cut short/],
  ])('are refused: %s', async (_, bytes, message) => {
    await expect(unpackArchive(bytes, passphrase)).rejects.toThrow(damaged(message));
  });

  it.each([
    ['no utterances', { utterances: [] }],
    [
      'embeddings of two sizes',
      { utterances: [uttered(new Float32Array(64).fill(1)), uttered(new Float32Array(9).fill(1))] },
    ],
    ['an embedding of nothing', { utterances: [uttered(new Float32Array(192))] }],
    ['an utterance without embeddings', { utterances: [{ seconds: 2, embeddings: new Map() }] }],
    ['an embedding of another model', { models: [{ name: 'x', sha256: 'cd'.repeat(32) }] }],
    ['a model that has no hash', { models: [{ name: 'default', sha256: 'abc' }] }],
  ])('are refused as a whole when a voiceprint has %s', async (_, overrides) => {
    const packed = await packArchive([...people, testVoiceprint('eve', overrides)], passphrase);
    await expect(unpackArchive(packed, passphrase)).rejects.toThrow(damaged(/malformed/));
  });

  it.each([1, 9])('of format %d say so', async (format) => {
    const other = file.slice();
    other[7] = format;
    await expect(unpackArchive(other, passphrase)).rejects.toMatchObject({
      code: 'vault/unsupported',
      message: expect.stringContaining(`format ${format}`),
    });
  });

  it('are not made under a short passphrase', async () => {
    await expect(packArchive(people, 'short')).rejects.toThrow(
      expect.objectContaining({ code: 'verifier/invalid' }),
    );
  });
});
