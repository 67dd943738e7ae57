import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tone, wavFile } from '../../../src/audio/fixtures/signals.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Files of the data beside the repository that are taken when they are there: kinds without a writer here. */
const BESIDE = ['../shared/inputs/audio', '../shared/speech/words/arabic_digits'];

/** Files that are taken of one folder at most. */
const MOST_OF_A_FOLDER = 12;

/** Largest seed: mutations of small files are decoded by the thousand. */
const LARGEST_SEED = 100_000;

/** Good audio files of every kind that can be made or found here, by name. */
export function audioSeeds(): Map<string, Uint8Array> {
  const voice = tone(300, 16_000, 0.3);
  const seeds = new Map<string, Uint8Array>([
    ['8 bit.wav', wavFile([voice], 16_000, { bits: 8 })],
    ['16 bit stereo.wav', wavFile([voice, voice], 16_000)],
    ['24 bit.wav', wavFile([voice], 48_000, { bits: 24 })],
    ['float.wav', wavFile([voice], 16_000, { bits: 32, float: true })],
    ['ima.wav', adpcmFile()],
    ['silence.mp3', silentMp3(20)],
    ['utterance.flac', new Uint8Array(readFileSync(`${root}src/audio/fixtures/utterance.flac`))],
  ]);
  for (const folder of BESIDE) {
    for (const [name, bytes] of smallFiles(`${root}${folder}`)) seeds.set(name, bytes);
  }
  return seeds;
}

/**
 * An MP3 file of frames whose side information is all zeros: silence, at 128 kbit/s and 44.1 kHz.
 */
export function silentMp3(frames: number): Uint8Array<ArrayBuffer> {
  const frameBytes = 417;
  const bytes = new Uint8Array(frames * frameBytes);
  for (let i = 0; i < frames; i++) bytes.set([0xff, 0xfb, 0x90, 0xc4], i * frameBytes);
  return bytes;
}

/** A WAV file of forty blocks of IMA ADPCM, one tone a block. */
function adpcmFile(): Uint8Array<ArrayBuffer> {
  const pcm = wavFile([new Float32Array(720)], 16_000);
  const bytes = new Uint8Array(48 + 1_440);
  bytes.set(pcm.subarray(0, 36));
  bytes.set([0x11, 0], 20);
  bytes.set([36, 0, 4, 0, 2, 0, 65, 0], 32);
  bytes[16] = 20;
  bytes.set([0x64, 0x61, 0x74, 0x61, 0xa0, 5, 0, 0], 40);
  return bytes.map((byte, i) => (i >= 48 && i % 36 > 15 ? (i * 37) % 256 : byte));
}

function* smallFiles(folder: string): Generator<[string, Uint8Array]> {
  if (!existsSync(folder)) return;
  let taken = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (taken === MOST_OF_A_FOLDER) return;
    if (!/\.(wav|opus|flac)$/.test(name)) continue;
    const bytes = readFileSync(`${folder}/${name}`);
    if (bytes.length > LARGEST_SEED) continue;
    taken += 1;
    yield [name, new Uint8Array(bytes)];
  }
}
