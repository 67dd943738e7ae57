import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import decode from 'audio-decode';
import { ROOT } from './paths.js';

const SAMPLE_RATE = 16_000;

/** A clip of demo/voices or e2e/fixtures as 16 kHz mono PCM: `ada-1` to `cal-4`, `two-words`. */
export async function readClip(name: string): Promise<Float32Array> {
  const folder = name === 'two-words' ? 'e2e/fixtures' : 'demo/voices';
  const bytes = await readFile(resolve(ROOT, folder, `${name}.flac`));
  const { channelData, sampleRate } = await decode(bytes);
  const [samples] = channelData;
  if (samples === undefined || sampleRate !== SAMPLE_RATE) {
    throw new Error(`${name} is not 16 kHz mono`);
  }
  return samples;
}

/** So many seconds of digital silence. */
export function silence(seconds: number): Float32Array {
  return new Float32Array(Math.round(seconds * SAMPLE_RATE));
}

/** Writes parts, one after the other, as a 16-bit mono WAV file. */
export async function writeWav(path: string, parts: readonly Float32Array[]): Promise<string> {
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  const file = Buffer.alloc(44 + count * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + count * 2, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SAMPLE_RATE, 24);
  file.writeUInt32LE(SAMPLE_RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(count * 2, 40);
  let offset = 44;
  for (const part of parts) {
    for (const value of part) {
      offset = file.writeInt16LE(Math.round(Math.max(-1, Math.min(1, value)) * 32_767), offset);
    }
  }
  await writeFile(path, file);
  return path;
}

/** What a fake microphone hears: a moment of silence, then clips with pauses between them. */
export async function writeMicrophone(path: string, clips: readonly string[]): Promise<string> {
  const parts = [silence(0.5)];
  for (const name of clips) parts.push(await readClip(name), silence(0.3));
  return writeWav(path, parts);
}
