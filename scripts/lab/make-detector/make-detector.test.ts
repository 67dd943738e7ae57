import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeInNode } from '../../../src/audio/decode/decode-node.js';
import { openRuntime } from '../../../src/runtime/index.js';
import type { Runtime } from '../../../src/runtime/types.js';
import type { Session } from '../../../src/tensor.js';
import { buildDetector } from './graph.js';
import { readSixteenKilohertz } from './weights.js';

const upstream = join(
  dirname(createRequire(import.meta.url).resolve('@ricky0123/vad-web')),
  'silero_vad_v5.onnx',
);
const FRAME = 512;
const CONTEXT = 64;

/** Each frame with the 64 samples before it. */
function framesOf(samples: Float32Array): Float32Array[] {
  const count = Math.floor(samples.length / FRAME);
  return Array.from({ length: count }, (_, i) => {
    const frame = new Float32Array(CONTEXT + FRAME);
    const from = i * FRAME - CONTEXT;
    frame.set(samples.subarray(Math.max(0, from), from + frame.length), Math.max(0, -from));
    return frame;
  });
}

describe('the detector in matrix form', () => {
  let runtime: Runtime;
  let expected: number[];
  let frames: Float32Array[];

  beforeAll(async () => {
    runtime = await openRuntime({ backend: 'wasm' });
    const fixture = new URL('../../../src/audio/fixtures/utterance.flac', import.meta.url);
    frames = framesOf(await decodeInNode(new Uint8Array(readFileSync(fixture))));
    const session = await runtime.openSession(readFileSync(upstream), 'cpu');
    expected = await frameByFrame(session, frames);
  }, 60_000);
  afterAll(() => runtime.dispose());

  it.each([
    ['fp32', 1e-5],
    ['fp16', 2e-3],
  ] as const)('gives upstream’s probabilities in %s', async (precision, tolerance) => {
    const weights = readSixteenKilohertz(readFileSync(upstream));
    const session = await runtime.openSession(buildDetector(weights, precision), 'cpu');
    const whole = await inPieces(session, frames, frames.length);
    const pieces = await inPieces(session, frames, 5);
    expect(Math.max(...expected)).toBeGreaterThan(0.9);
    expect(Math.min(...expected)).toBeLessThan(0.1);
    for (const [i, probability] of expected.entries()) {
      expect(Math.abs((whole[i] ?? Number.NaN) - probability)).toBeLessThan(tolerance);
      expect(Math.abs((pieces[i] ?? Number.NaN) - (whole[i] ?? Number.NaN))).toBeLessThan(1e-6);
    }
  });
});

async function frameByFrame(session: Session, frames: readonly Float32Array[]): Promise<number[]> {
  let state = new Float32Array(256);
  const probabilities: number[] = [];
  for (const data of frames) {
    const { output, stateN } = await session.run({
      input: { type: 'float32', dims: [1, CONTEXT + FRAME], data },
      state: { type: 'float32', dims: [2, 1, 128], data: state },
      sr: { type: 'int64', dims: [], data: BigInt64Array.of(16_000n) },
    });
    probabilities.push(Number(output?.data[0]));
    state = Float32Array.from(stateN?.data ?? [], Number);
  }
  return probabilities;
}

async function inPieces(
  session: Session,
  frames: readonly Float32Array[],
  size: number,
): Promise<number[]> {
  let hidden = new Float32Array(128);
  let cell = new Float32Array(128);
  const probabilities: number[] = [];
  for (let i = 0; i < frames.length; i += size) {
    const some = frames.slice(i, i + size);
    const data = new Float32Array(some.length * (CONTEXT + FRAME));
    for (const [j, frame] of some.entries()) data.set(frame, j * frame.length);
    const { probability, hiddenN, cellN } = await session.run({
      frames: { type: 'float32', dims: [some.length, CONTEXT + FRAME], data },
      hidden: { type: 'float32', dims: [1, 1, 128], data: hidden },
      cell: { type: 'float32', dims: [1, 1, 128], data: cell },
    });
    probabilities.push(...Float32Array.from(probability?.data ?? [], Number));
    hidden = Float32Array.from(hiddenN?.data ?? [], Number);
    cell = Float32Array.from(cellN?.data ?? [], Number);
  }
  return probabilities;
}
