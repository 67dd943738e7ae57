import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { buildGraph, describeGraph } from '../../../src/architectures/build-graph.js';
import { openCases } from '../parity/case-folder.js';
import { caseWeights } from '../parity/case-weights.js';
import type { CaseTensor } from '../parity/types.js';
import { median } from './figures.js';
import { processor, timesInTurns } from './in-turns.js';
import { macsOfRun } from './macs-of-run.js';

/** At a hop of 10 ms. */
const AUDIO_SECONDS = 3;
const FRAMES = 100 * AUDIO_SECONDS;
const ROUNDS = 5;
/** Runs before anything is timed: V8 compiles WebAssembly a second time while it runs. */
const WARM_UP = 2;

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The case of the reference that has an encoder's keys; `enlarged` where that case is a small one. */
interface Encoder {
  readonly from: string;
  readonly enlarged?: {
    readonly ctor: Readonly<Record<string, unknown>>;
    /** Published sizes by those of the case; sizes that are not named stay. */
    readonly sizes: Readonly<Record<number, number>>;
  };
}

const ENCODERS: Readonly<Record<string, Encoder>> = {
  ecapaC512: { from: 'sb_ecapa_c512_recipe' },
  ecapaC1024: { from: 'sb_ecapa_c1024_recipe' },
  wespeakerEcapaC512: {
    from: 'wespeaker_ecapa_dev',
    enlarged: {
      ctor: { channels: 512, embed_dim: 192 },
      sizes: { 32: 512, 4: 64, 96: 1536, 64: 192 },
    },
  },
  taoEcapaC1024: {
    from: 'tao_ecapa_c32',
    enlarged: { ctor: { C: 1024 }, sizes: { 32: 1024, 4: 128, 96: 3072 } },
  },
  skaTdnn: { from: 'ska_e2e_real_recipe' },
  beats12x768: { from: 'beats_real_size_recipe' },
};
const YARDSTICK = 'ecapaC512';

interface Opened {
  readonly session: InferenceSession;
  readonly feeds: Record<string, Tensor>;
  readonly macs: number;
}

/**
 * What each encoder costs at its published size, from features of 3 s of audio: multiply-accumulates
 * per second of audio, and the processor time of WebAssembly on one thread, over that of ECAPA-TDNN
 * with 512 channels and over the duration of the audio. Weights are random, by the reference's
 * recipe, except for the shipped encoder.
 */
export async function benchEncoders(): Promise<Record<string, number>> {
  const opened = new Map<string, Opened>();
  const shipped = await readFile(resolve(ROOT, 'models/default/model.onnx'));
  opened.set('shipped', await open(shipped, 'x', 80));
  for (const [name, encoder] of Object.entries(ENCODERS)) {
    opened.set(name, await openEncoder(encoder));
  }
  const works = Object.fromEntries(
    [...opened].map(([name, { session, feeds }]) => [name, () => session.run(feeds)]),
  );
  const inTurns = await timesInTurns(works, { rounds: ROUNDS, warmUp: WARM_UP, now: processor });
  const times = new Map(Object.entries(inTurns).map(([name, list]) => [name, median(list)]));
  const yardstick = { time: times.get(YARDSTICK), macs: opened.get(YARDSTICK)?.macs };
  const figures: Record<string, number> = {};
  for (const [name, { macs, session }] of opened) {
    const time = times.get(name) ?? Number.NaN;
    figures[`${name}MegaMacsPerSecondOfAudio`] = macs / AUDIO_SECONDS / 1e6;
    figures[`${name}MacsOverEcapaC512`] = macs / (yardstick.macs ?? Number.NaN);
    figures[`${name}TimeOverEcapaC512`] = time / (yardstick.time ?? Number.NaN);
    figures[`${name}TimeOverAudio`] = time / 1e3 / AUDIO_SECONDS;
    await session.release();
  }
  return figures;
}

async function openEncoder({ from, enlarged }: Encoder): Promise<Opened> {
  const shared = process.env.VOICEPRINT_SHARED ?? resolve(ROOT, '../shared');
  const [folder] = await openCases(resolve(shared, 'reference/cases', from));
  if (folder === undefined) throw new RangeError(`no case ${from}`);
  const { cls = '', ctor, tensors = [] } = folder.config;
  const all = { ...ctor, ...enlarged?.ctor };
  // Sizes of a kernel over time or frequency are no widths.
  const enlarge = (tensor: CaseTensor): CaseTensor => ({
    ...tensor,
    shape: tensor.shape.map((size, axis) => (axis < 2 && enlarged?.sizes[size]) || size),
  });
  const config = {
    ...folder.config,
    ...(Array.isArray(tensors) ? { tensors: tensors.map(enlarge) } : {}),
  };
  const weights = await caseWeights({ ...folder, config });
  const { inputs, outputs, featureSize } = describeGraph(cls, all);
  const [input] = inputs;
  const output = outputs.find(({ name }) => name === 'y') ?? outputs[0];
  if (input === undefined || output === undefined) throw new RangeError(`${cls} takes nothing`);
  const bytes = buildGraph(cls, all, weights, { inputs: [input.name], outputs: [output.name] });
  return open(bytes, input.name, featureSize ?? Number(input.shape.at(-1)));
}

async function open(bytes: Uint8Array, input: string, bands: number): Promise<Opened> {
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = 1;
  const features = Float32Array.from({ length: FRAMES * bands }, (_, i) => Math.sin(i * i));
  const feeds = { [input]: new ort.Tensor('float32', features, [1, FRAMES, bands]) };
  const macs = await macsOfRun(bytes, feeds);
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  return { session, feeds, macs };
}
