import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGraph } from '../../../src/architectures/build-graph.js';
import { readCheckpoint } from '../../../src/checkpoint/index.js';
import type { Precision } from '../../../src/onnx/index.js';
import { median } from './figures.js';
import { clock, timesInTurns } from './in-turns.js';

const ROUNDS = 15;
const WARM_UP = 3;
/** 3 s of audio at a hop of 10 ms. */
const FRAMES = 301;
const BANDS = 80;

type Run = () => Promise<unknown>;

/**
 * The encoder for 3 s of audio on one thread, ours against others. All are timed in turns, so that
 * a busy machine slows them alike; ratios of medians, less than 1 = ours takes less time.
 */
export async function benchEncoder(): Promise<Record<string, number>> {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const shared = process.env.VOICEPRINT_SHARED ?? resolve(root, '../shared');
  const folder = resolve(shared, 'checkpoints/ecapa-c256');
  const { tensors } = readCheckpoint(readFileSync(resolve(folder, 'embedding_model.ckpt')));
  const config = JSON.parse(readFileSync(resolve(folder, 'config.json'), 'utf8'));
  const model = (precision: Precision) =>
    buildGraph(config.class, config.ctor, tensors, { precision });
  const features = Float32Array.from({ length: FRAMES * BANDS }, (_, i) => 10 * Math.sin(i * i));

  const web = await import('onnxruntime-web/wasm');
  web.env.wasm.numThreads = 1;
  const onWasm = async (bytes: Uint8Array, input: string): Promise<Run> => {
    const session = await web.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
    const tensor = new web.Tensor('float32', features, [1, FRAMES, BANDS]);
    return () => session.run({ [input]: tensor });
  };
  const native = await import('onnxruntime-node');
  const nativeSession = await native.InferenceSession.create(model('fp32'), {
    intraOpNumThreads: 1,
  });
  const nativeTensor = new native.Tensor('float32', features, [1, FRAMES, BANDS]);
  const exported = new Uint8Array(readFileSync(resolve(folder, 'torch-export.onnx')));

  const works = {
    ours: await onWasm(model('fp32'), 'x'),
    half: await onWasm(model('fp16'), 'x'),
    int8: await onWasm(model('int8'), 'x'),
    exported: await onWasm(exported, 'features'),
    native: () => nativeSession.run({ x: nativeTensor }),
  };
  const times = await timesInTurns(works, { rounds: ROUNDS, warmUp: WARM_UP, now: clock });
  const over = (a: keyof typeof works, b: keyof typeof works) =>
    median(times[a]) / median(times[b]);
  return {
    'encoder/wasm-over-torch-export': over('ours', 'exported'),
    'encoder/wasm-over-onnxruntime-node': over('ours', 'native'),
    'encoder/fp16-over-fp32': over('half', 'ours'),
    'encoder/int8-over-fp32': over('int8', 'ours'),
  };
}
