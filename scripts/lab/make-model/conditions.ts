import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeInNode } from '../../../src/audio/decode/decode-node.js';
import { SAMPLE_RATE } from '../../../src/audio/limits.js';
import { drawn, roomResponse, withNoise } from './distortions.js';
import type { Distortion } from './native-embedder.js';
import { SOURCES, WORK } from './sources.js';

/** What recordings are put through, on both sides of every trial. */
export interface Condition {
  readonly name: string;
  /** What a model card calls it. */
  readonly title: string;
  readonly distort: Distortion;
}

/**
 * Noise, a room, a telephone and codecs. What is drawn by chance (the noise, its part, the room)
 * depends on the name of the recording only, so that every model hears the same.
 */
export async function openConditions(): Promise<readonly Condition[]> {
  const noises = await recordingsOf(SOURCES.noise);
  const rooms = await recordingsOf(SOURCES.rooms);
  const coefficients = await mkdtemp(join(tmpdir(), 'voiceprint-rooms-'));
  const noise = (decibels: number): Condition => ({
    name: `noise-${decibels}`,
    title: `noise at ${decibels} dB`,
    distort: async (samples, file) =>
      withNoise(samples, noises[drawn(file, 0, noises.length)] ?? samples, decibels, file),
  });
  const conditions: readonly Condition[] = [
    noise(10),
    noise(0),
    {
      name: 'room',
      title: 'reverberation',
      async distort(samples, file) {
        const index = drawn(file, 1, rooms.length);
        const path = join(coefficients, `${index}.txt`);
        await writeFile(path, roomResponse(rooms[index] ?? Float32Array.of(1)).join('\n'));
        return sox(samples, [], ['fir', path]);
      },
    },
    {
      name: 'telephone',
      title: 'telephone band, µ-law',
      async distort(samples) {
        const call = ['-r', '8000', '-t', 'ul'];
        const coded = await soxBytes(rawOf(samples), RAW, call, ['sinc', '300-3400']);
        return samplesOf(await soxBytes(coded, [...call, '-c', '1'], RAW, []));
      },
    },
    {
      name: 'gsm',
      title: 'GSM 06.10, 13 kbit/s',
      async distort(samples) {
        const call = ['-r', '8000', '-t', 'gsm'];
        const coded = await soxBytes(rawOf(samples), RAW, call, []);
        return samplesOf(await soxBytes(coded, [...call, '-c', '1'], RAW, []));
      },
    },
  ];
  return conditions.map((condition) => ({ ...condition, distort: kept(condition) }));
}

/** What was made of a recording is kept as 16-bit PCM: no model changes it. */
function kept({ name, distort }: Condition): Distortion {
  const folder = join(WORK, 'conditions', name);
  return async (samples, file) => {
    const path = join(folder, `${createHash('sha256').update(rawOf(samples)).digest('hex')}.s16`);
    const before = await readFile(path).catch(() => undefined);
    if (before !== undefined) {
      return Float32Array.from(new Int16Array(new Uint8Array(before).buffer), (v) => v / 32768);
    }
    const made = await distort(samples, file);
    const words = Int16Array.from(made, (v) => Math.round(Math.min(1, Math.max(-1, v)) * 32767));
    await mkdir(folder, { recursive: true });
    await writeFile(`${path}.${process.pid}`, words);
    await rename(`${path}.${process.pid}`, path);
    return made;
  };
}

async function recordingsOf(folder: string): Promise<readonly Float32Array[]> {
  const names = (await readdir(folder)).filter((name) => /\.(flac|wav|opus)$/.test(name)).sort();
  return Promise.all(names.map(async (name) => decodeInNode(await readFile(join(folder, name)))));
}

const RAW = ['-t', 'f32', '-r', String(SAMPLE_RATE), '-c', '1'];

async function sox(
  samples: Float32Array,
  output: readonly string[],
  effects: readonly string[],
): Promise<Float32Array> {
  return samplesOf(await soxBytes(rawOf(samples), RAW, [...RAW, ...output], effects));
}

/** Runs sox from one format to another; what it clips or rounds is a part of the condition. */
function soxBytes(
  input: Uint8Array,
  from: readonly string[],
  to: readonly string[],
  effects: readonly string[],
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // -R: the dither is the same every time. A little headroom keeps filters from clipping.
    const child = spawn('sox', ['-R', '-V1', '-v', '0.9', ...from, '-', ...to, '-', ...effects]);
    const chunks: Uint8Array[] = [];
    let complaint = '';
    child.stdout.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Uint8Array) => {
      complaint += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks));
      else reject(new Error(`sox ended with ${code}: ${complaint.trim()}`));
    });
    child.stdin.on('error', reject);
    child.stdin.end(input);
  });
}

function rawOf(samples: Float32Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

function samplesOf(bytes: Uint8Array): Float32Array {
  const whole = bytes.slice(0, bytes.length - (bytes.length % 4));
  return new Float32Array(whole.buffer, whole.byteOffset, whole.length / 4);
}
