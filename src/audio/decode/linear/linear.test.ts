import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { same, tone } from '../../fixtures/signals.js';
import { decodeInNode } from '../decode-node.js';

const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const le = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
const be = (value: number, bytes: number) => le(value, bytes).reverse();
const file = (...parts: (readonly number[] | Uint8Array)[]) =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** Codes of 16 bits, at both rails among them. */
const codes = Int16Array.from({ length: 400 }, (_, i) =>
  i === 7 ? 32_767 : i === 8 ? -32_768 : Math.round(20_000 * Math.sin(i / 5)),
);
const expected = Float32Array.from(codes, (code) => code / 32_768);
const little = [...codes].flatMap((code) => le(code & 0xffff, 2));
const big = [...codes].flatMap((code) => be(code & 0xffff, 2));

const chunk = (name: string, body: readonly number[]) => [
  ...ascii(name),
  ...le(body.length, 4),
  ...body,
];
const format = (tag: number, bits: number, { channels = 1, align = bits / 8 } = {}) => [
  ...le(tag, 2),
  ...le(channels, 2),
  ...le(16_000, 4),
  ...le(16_000 * align, 4),
  ...le(align, 2),
  ...le(bits, 2),
];
const wave = (...chunks: (readonly number[])[]) =>
  file(ascii('RIFF'), le(4 + chunks.flat().length, 4), ascii('WAVE'), ...chunks);
const plain = chunk('fmt ', format(1, 16));
const data = chunk('data', little);
const guid = (name: string) => [...ascii(name), ...new Array<number>(12).fill(0)];

const rate80 = [...be(16_383 + 13, 2), ...be(16_000 * 2 ** 18, 4), ...be(0, 4)];
const aiff = (kind: string, samples: readonly number[], compression: readonly number[] = []) => {
  const common = [...be(1, 2), ...be(codes.length, 4), ...be(16, 2), ...rate80, ...compression];
  const chunks = [
    ...ascii('COMM'),
    ...be(common.length, 4),
    ...common,
    ...ascii('SSND'),
    ...be(8 + samples.length, 4),
    ...new Array<number>(8).fill(0),
    ...samples,
  ];
  return file(ascii('FORM'), be(4 + chunks.length, 4), ascii(kind), chunks);
};
const caf = (flags: number, samples: readonly number[], size: number) => {
  const double = [0x40, 0xcf, 0x40, 0, 0, 0, 0, 0];
  const words = [flags, 2, 1, 1, 16].flatMap((word) => be(word, 4));
  return file(
    ascii('caff'),
    be(1, 2),
    be(0, 2),
    [...ascii('desc'), ...be(32, 8), ...double, ...ascii('lpcm'), ...words],
    [...ascii('data'), ...(size < 0 ? new Array<number>(8).fill(255) : be(size, 8)), ...be(0, 4)],
    samples,
  );
};
const sphere = (order: string) =>
  `NIST_1A\n   1024\nsample_count -i 400\nsample_rate -i 16000\nchannel_count -i 1\nsample_n_bytes -i 2\nsample_byte_format -s2 ${order}\nend_head\n`.padEnd(
    1_024,
  );

const wide = (bytes: number) =>
  [...codes].flatMap((code) => [...new Array<number>(bytes - 2).fill(0), ...le(code & 0xffff, 2)]);

test.each<[string, Uint8Array]>([
  ['a plain WAV', wave(plain, data)],
  ['an odd chunk with its pad byte', wave(plain, chunk('LIST', [1, 2, 3]), [0], data)],
  ['an odd chunk without its pad byte', wave(plain, chunk('LIST', [1, 2, 3]), data)],
  ['chunks after the data', wave(plain, data, chunk('LIST', ascii('INFO')))],
  ['a size that was never written', wave(plain, [...ascii('data'), ...le(0, 4), ...little])],
  ['a size of all ones', wave(plain, [...ascii('data'), ...le(2 ** 32 - 1, 4), ...little])],
  ['a block align that lies', wave(chunk('fmt ', format(1, 16, { align: 4 })), data)],
  ['12 bits in 16', wave(chunk('fmt ', format(1, 12, { align: 2 })), data)],
  ['20 bits in 24', wave(chunk('fmt ', format(1, 20, { align: 3 })), chunk('data', wide(3)))],
  ['24 bits in 32', wave(chunk('fmt ', format(1, 24, { align: 4 })), chunk('data', wide(4)))],
  ['32 bits', wave(chunk('fmt ', format(1, 32)), chunk('data', wide(4)))],
  ['64 bits', wave(chunk('fmt ', format(1, 64)), chunk('data', wide(8)))],
  [
    'an ID3 tag before it',
    file(ascii('ID3'), [3, 0, 0], be(5, 4), [1, 2, 3, 4, 5], wave(plain, data)),
  ],
  [
    'RF64',
    file(
      ascii('RF64'),
      be(2 ** 32 - 1, 4),
      ascii('WAVE'),
      chunk('ds64', [...le(0, 8), ...le(little.length, 8), ...le(400, 8), ...le(0, 4)]),
      plain,
      ascii('data'),
      le(2 ** 32 - 1, 4),
      little,
      chunk('LIST', [1, 2]),
    ),
  ],
  [
    'Wave64',
    file(
      guid('riff'),
      le(0, 8),
      guid('wave'),
      guid('fmt '),
      le(24 + 16, 8),
      format(1, 16),
      guid('data'),
      le(24 + little.length, 8),
      little,
    ),
  ],
  ['AIFF', aiff('AIFF', big)],
  ['AIFF-C of little end', aiff('AIFC', little, ascii('sowt'))],
  ['CAF', caf(0, big, 4 + big.length)],
  ['CAF of little end to the end of the file', caf(2, little, -1)],
  [
    'AU',
    file(ascii('.snd'), be(24, 4), be(2 ** 32 - 1, 4), be(3, 4), be(16_000, 4), be(1, 4), big),
  ],
  ['SPHERE', file(ascii(sphere('01')), little)],
  ['SPHERE of big end', file(ascii(sphere('10')), big)],
])('%s gives the samples', async (_name, bytes) => {
  const samples = await decodeInNode(bytes);
  expect(samples.length).toBe(expected.length);
  expect(same(samples, expected)).toBe(true);
});

test('16-bit samples are divided by 32,768 on both sides of zero', async () => {
  const samples = await decodeInNode(wave(plain, data));
  expect([samples[7], samples[8]]).toEqual([32_767 / 32_768, -1]);
});

test.each([
  [6, [0x55, 0xd5, 0x2a, 0xaa], [-8, 8, -32_256, 32_256]],
  [7, [0xff, 0x7f, 0x80, 0x00], [0, 0, 32_124, -32_124]],
])('G.711 of tag %d expands as the standard says', async (tag, bytes, values) => {
  const samples = await decodeInNode(wave(chunk('fmt ', format(tag, 8)), chunk('data', bytes)));
  expect([...samples].map((sample) => sample * 32_768 + 0)).toEqual(values);
});

test('ADPCM decodes to about what was encoded', async () => {
  // One block of IMA ADPCM: predictor 1000, step index 0, then nibbles of 0, which stay nearby.
  const ima = [...format(0x11, 4, { align: 36 }), ...le(2, 2), ...le(65, 2)];
  const block = [...le(1_000, 2), 0, 0, ...new Array<number>(32).fill(0)];
  const samples = await decodeInNode(wave(chunk('fmt ', ima), chunk('data', block)));
  expect(samples.length).toBe(65);
  expect(samples[0]).toBeCloseTo(1_000 / 32_768, 6);
});

test.each<[string, Uint8Array, RegExp]>([
  ['GSM', wave(chunk('fmt ', format(0x31, 0, { align: 65 })), data), /GSM 6\.10.*pcm_s16le/],
  ['G.722', wave(chunk('fmt ', format(0x65, 4)), data), /G\.722/],
  ['an unknown codec', wave(chunk('fmt ', format(0x1234, 16)), data), /0x1234/],
  ['no data', wave(plain), /no data chunk/],
  ['no format', wave(data), /no format chunk/],
  ['65 bits', wave(chunk('fmt ', format(1, 65)), data), /65 bits/],
  ['0 channels', wave(chunk('fmt ', format(1, 16, { channels: 0 })), data), /0 channels/],
  [
    '65,535 channels',
    wave(chunk('fmt ', format(1, 16, { channels: 65_535 })), data),
    /65535 channels/,
  ],
  [
    'ADPCM blocks that cannot hold what they claim',
    wave(chunk('fmt ', [...format(0x11, 4, { align: 8 }), ...le(2, 2), ...le(65_535, 2)]), data),
    /65535 samples in ADPCM blocks of 8 bytes/,
  ],
  ['AIFF of an unknown codec', aiff('AIFC', big, ascii('QDM2')), /"QDM2"/],
])('%s is refused with its name', async (_name, bytes, message) => {
  const error = await decodeInNode(bytes).catch((cause: unknown) => cause);
  expect(error).toMatchObject({
    code: 'audio/undecodable',
    message: expect.stringMatching(message),
  });
});

const inputs = fileURLToPath(new URL('../../../../../shared/inputs/', import.meta.url));
const read = (name: string) => new Uint8Array(readFileSync(`${inputs}${name}`));

describe.skipIf(!existsSync(inputs))('files that others wrote', () => {
  test.each([
    '12bit-in-16',
    'blockalign4-mono16',
    'chromium-24valid-in-32',
    'chromium-float64',
    'id3-before-riff',
    'odd-list-chunk',
    'rf64',
  ])('K6-%s.wav holds the samples of its plain twin', async (name) => {
    const twin = (await decodeInNode(read('audio/base.wav'))).subarray(0, 48_000);
    expect(same(await decodeInNode(read(`audio/K6-${name}.wav`)), twin)).toBe(true);
  });

  test.each([
    ['channels.wav', 'audio/undecodable'],
    ['silence2h.flac', 'audio/too-long'],
  ])('%s is refused within 100 MB', async (name, code) => {
    const before = process.resourceUsage().maxRSS;
    await expect(decodeInNode(read(`hostile/${name}`))).rejects.toMatchObject({ code });
    expect((process.resourceUsage().maxRSS - before) / 1_024).toBeLessThan(100);
  });

  test('two hours of silence of unstated length are refused too', async () => {
    const flac = read('hostile/silence2h.flac');
    flac[21] = (flac[21] ?? 0) & 0xf0;
    flac.fill(0, 22, 26);
    await expect(decodeInNode(flac)).rejects.toMatchObject({ code: 'audio/too-long' });
  });
});

test('what is not linear and not known is refused', async () => {
  const noise = Uint8Array.from(tone(700, 16_000), (sample) => 128 + 100 * sample);
  await expect(decodeInNode(noise)).rejects.toMatchObject({ code: 'audio/undecodable' });
});
