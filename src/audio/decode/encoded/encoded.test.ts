import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VoiceprintError } from '../../../errors.js';
import { decodePieces } from './decode-pieces.js';
import { encodedKind, withoutTags } from './encoded-kind.js';
import { encodedLength } from './encoded-length.js';
import { exactFlac } from './flac-codes.js';

const flac = new Uint8Array(
  readFileSync(new URL('../../fixtures/utterance.flac', import.meta.url)),
);
const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** One page of Ogg with a packet of identification, and the last page. */
function ogg(identification: Uint8Array, granule: bigint): Uint8Array {
  const bytes = new Uint8Array(28 + identification.length + 28);
  bytes.set(ascii('OggS'));
  bytes[26] = 1;
  bytes.set(identification, 28);
  bytes.set(ascii('OggS'), 28 + identification.length);
  new DataView(bytes.buffer).setBigInt64(28 + identification.length + 6, granule, true);
  return bytes;
}

test('a FLAC file says how long it is, in its header and in its last frame', () => {
  const stated = encodedLength(flac, 'flac');
  expect(stated).toEqual({ channels: 1, sampleRate: 16_000, frames: 65_520 });
  const unstated = flac.slice();
  unstated[21] = (unstated[21] ?? 0) & 0xf0;
  unstated.fill(0, 22, 26);
  const last = encodedLength(unstated, 'flac');
  expect(last?.frames).toBeGreaterThan(55_000);
  expect(last?.frames).toBeLessThan(65_520);
});

test('an Opus file says how long it is at its end, less what is skipped', () => {
  const head = new Uint8Array(19);
  head.set(ascii('OpusHead'));
  head.set([1, 2, 0x38, 1], 8);
  expect(encodedLength(ogg(head, 48_312n), 'opus')).toEqual({
    channels: 2,
    sampleRate: 48_000,
    frames: 48_000,
  });
});

test('kinds are told by their first bytes', () => {
  const head = new Uint8Array(19);
  head.set(ascii('OpusHead'));
  expect(encodedKind(ogg(head, 1n))).toBe('opus');
  expect(encodedKind(flac)).toBe('flac');
  expect(encodedKind(ascii('    ftypM4A '))).toBe('mp4');
  expect(encodedKind(Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3))).toBe('webm');
  expect(encodedKind(Uint8Array.of(0xff, 0xf1, 0x50, 0x80))).toBe('aac');
  expect(encodedKind(ascii('hello, hello'))).toBeUndefined();
});

test('tags before a file are passed over, several and cut ones too', () => {
  const tag = Uint8Array.of(...ascii('ID3'), 4, 0, 0, 0, 0, 0, 2, 7, 7);
  const both = Uint8Array.from([...tag, ...tag, ...flac]);
  expect(withoutTags(both)).toEqual(flac);
  expect(withoutTags(tag.slice(0, 11)).length).toBe(0);
});

/** A decoder that gives so many samples for each piece. */
function bomb(samples: number, channels = 1) {
  const calls = { pieces: 0, freed: 0 };
  const piece = {
    channelData: Array.from({ length: channels }, () => new Float32Array(samples)),
    sampleRate: 16_000,
  };
  const open = () => ({
    decode: () => {
      calls.pieces += 1;
      return piece;
    },
    free: () => {
      calls.freed += 1;
    },
  });
  return { open, calls };
}

test('decoding stops at the limit, and the decoder is freed', async () => {
  const { open, calls } = bomb(160_000);
  const decoding = decodePieces(new Uint8Array(1 << 20), open, { maximumSeconds: 30 });
  await expect(decoding).rejects.toMatchObject({ code: 'audio/too-long' });
  expect(calls).toEqual({ pieces: 4, freed: 1 });
});

test('decoding stops when it is given up', async () => {
  const { open, calls } = bomb(10);
  const signal = AbortSignal.abort();
  const decoding = decodePieces(flac, open, { maximumSeconds: 30, signal });
  await expect(decoding).rejects.toMatchObject({ code: 'aborted' });
  expect(calls.freed).toBe(1);
});

test('more channels than a recording has are refused as they come', async () => {
  const decoding = decodePieces(flac, bomb(10, 200).open, { maximumSeconds: 30 });
  await expect(decoding).rejects.toBeInstanceOf(VoiceprintError);
});

test('FLAC of 16 bits comes back as the codes that it holds', async () => {
  const piece = new Uint8Array(42);
  piece.set(ascii('fLaC'));
  piece.set([0x03, 0xe8, 0x00, 0xf0], 18);
  const codes = [-32_768, -1, 0, 1, 12_345, 32_767];
  const decoder = exactFlac({
    decode: () => ({
      channelData: [Float32Array.from(codes, (code) => code / 32_767)],
      sampleRate: 16_000,
    }),
    free: () => undefined,
  });
  const { channelData } = await decoder.decode(piece);
  expect([...(channelData[0] ?? [])].map((sample) => sample * 32_768)).toEqual(codes);
});
