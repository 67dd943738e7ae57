import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as transformers from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toSamples } from '../audio/decode/to-samples.js';
import type { Encoder, EncoderRequest } from '../engine/encoder/types.js';
import { createEngine } from '../engine/engine.js';
import { fakeDetector } from '../engine/fake-voices.fixture.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { openRuntime } from '../runtime/index.js';
import { openVault } from '../vault/index.js';
import { assembleVerifier } from '../verifier/verifier.js';
import { type FolderServer, serveFolders } from './folder-server.fixture.js';
import {
  headlessFolder,
  type ModelFolder,
  TINY_EMBEDDING,
  weSpeakerFolder,
  xVectorFolder,
} from './model-folder.fixture.js';
import { TRANSFORMERS_DEFAULTS, type TransformersOptions } from './options.js';
import { transformersEncoder } from './transformers-encoder.js';

const disk = mkdtempSync(join(tmpdir(), 'voiceprint-transformers-'));
const xVector = xVectorFolder();
const folders: Record<string, ModelFolder> = {
  'tiny-xvector': xVector,
  'tiny-wespeaker': weSpeakerFolder(),
  headless: headlessFolder(),
  'somebody/tiny/resolve/main': xVector,
  'no-json': { ...xVector, 'config.json': '<!doctype html>' },
  'no-weights': { ...xVector, 'onnx/model.onnx': '' },
  'broken-weights': {
    ...xVector,
    'onnx/model.onnx': xVector['onnx/model.onnx']?.slice(0, 900) ?? '',
  },
  'other-type': { ...xVector, 'preprocessor_config.json': '{"feature_extractor_type":"Nobody"}' },
  'other-rate': {
    ...xVector,
    'preprocessor_config.json': JSON.stringify({
      ...JSON.parse(String(xVector['preprocessor_config.json'])),
      sampling_rate: 8000,
    }),
  },
};
let server: FolderServer;

beforeAll(async () => {
  server = await serveFolders(folders);
  transformers.env.logLevel = transformers.LogLevel.NONE;
  transformers.env.cacheDir = join(disk, 'cache');
  for (const [path, content] of Object.entries(xVector)) {
    mkdirSync(dirname(join(disk, 'model', path)), { recursive: true });
    writeFileSync(join(disk, 'model', path), content);
  }
});

afterAll(async () => {
  await server.close();
  rmSync(disk, { recursive: true });
});

function open(
  model: string | URL,
  options: TransformersOptions = {},
  request: Partial<EncoderRequest> = {},
): Promise<Encoder> {
  return transformersEncoder(model, options)({ backend: 'auto', ...request });
}

function refuseToStart(): Worker {
  throw new Error('cross origin');
}

/** A buzz with the pitch and the formant of a voice. */
function voice(pitch: number, formant: number, seconds = 3): Float32Array {
  return Float32Array.from({ length: seconds * 16_000 }, (_, i) => {
    const t = i / 16_000;
    const cycle = (t * pitch * (1 + 0.02 * Math.sin(5 * t))) % 1;
    return 0.5 * Math.exp(-6 * cycle) * Math.sin((2 * Math.PI * formant * cycle) / pitch);
  });
}

describe('transformersEncoder', () => {
  it('loads an x-vector model from an address and gives what its graph computes', async () => {
    const stages: string[] = [];
    const encoder = await open(
      `${server.address}tiny-xvector`,
      {},
      { onProgress: ({ stage }) => stages.push(stage) },
    );
    const speech = voice(120, 700);
    const kept = speech.slice();
    const { values } = await encoder.encode(speech);
    expect(speech).toEqual(kept);

    const mean = speech.reduce((sum, x) => sum + x, 0) / speech.length;
    const variance = speech.reduce((sum, x) => sum + (x - mean) ** 2, 0) / speech.length;
    const runtime = await openRuntime({ backend: 'wasm' });
    const model = xVector['onnx/model.onnx'];
    if (!(model instanceof Uint8Array)) throw new Error('unreachable');
    const session = await runtime.openSession(model);
    const { embeddings } = await session.run({
      input_values: {
        type: 'float32',
        dims: [1, speech.length],
        data: speech.map((x) => (x - mean) / Math.sqrt(variance + 1e-7)),
      },
    });
    await runtime.dispose();
    expect(values).toHaveLength(TINY_EMBEDDING);
    for (const [i, value] of values.entries()) {
      expect(value).toBeCloseTo(Number(embeddings?.data[i]), 4);
    }
    expect(encoder.model).toMatchObject({
      name: 'tiny-xvector',
      version: 'main',
      architecture: 'wavlm',
      embeddingSize: TINY_EMBEDDING,
      bytes: model.length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(encoder.backend).toMatchObject({ name: 'cpu', entry: 'node' });
    expect([...new Set(stages)]).toEqual(['manifest', 'backend', 'model']);
    await encoder[asyncDispose]();
    await encoder[asyncDispose]();
    await expect(encoder.encode(speech)).rejects.toMatchObject({ code: 'disposed' });
  });

  it('loads a WeSpeaker model with its own front end', async () => {
    const encoder = await open(`${server.address}tiny-wespeaker/`);
    expect(encoder.model).toMatchObject({ architecture: 'wespeaker-resnet', embeddingSize: 24 });
    const { values } = await encoder.encode(voice(120, 700));
    expect(values.every(Number.isFinite)).toBe(true);
    await encoder[asyncDispose]();
  });

  it('loads from the hub by id, and from a folder on disk, as different models', async () => {
    const { remoteHost } = transformers.env;
    transformers.env.remoteHost = server.address;
    try {
      const hub = await open('somebody/tiny');
      expect(hub.model.name).toBe('somebody/tiny');
      expect(server.requests).toContain('somebody/tiny/resolve/main/onnx/model.onnx');
      const local = await open(join(disk, 'model'));
      expect(local.model.name).toBe('model');
      expect(local.model.sha256).not.toBe(hub.model.sha256);
      const speech = voice(120, 700);
      expect((await local.encode(speech)).values).toEqual((await hub.encode(speech)).values);
      await hub[asyncDispose]();
      await local[asyncDispose]();
    } finally {
      transformers.env.remoteHost = remoteHost;
    }
  });

  it('is the same model whenever it is loaded, and another under another revision', async () => {
    const address = `${server.address}tiny-xvector`;
    const [first, second, third] = await Promise.all([
      open(address),
      open(new URL(address)),
      open(address, { revision: '0123abc' }),
    ]);
    expect(first.model.sha256).toBe(second.model.sha256);
    expect(third.model.sha256).not.toBe(first.model.sha256);
    await Promise.all([first, second, third].map((encoder) => encoder[asyncDispose]()));
  });

  it("leaves the library's settings as they were", async () => {
    const before = { ...transformers.env };
    const encoder = await open(`${server.address}tiny-xvector`, { transformers });
    await encoder[asyncDispose]();
    await expect(open(`${server.address}nothing`)).rejects.toThrow();
    expect({ ...transformers.env }).toEqual(before);
  });

  it.each([
    [
      'a folder without embeddings',
      'headless',
      'model/unsupported',
      'last_hidden_state [1, 98, 24]',
    ],
    ['an address with nothing', 'nothing', 'model/unavailable', 'config.json'],
    ['a web page', 'no-json', 'model/malformed', 'not JSON'],
    ['empty weights', 'no-weights', 'model/unsupported', 'no-weights'],
    ['damaged weights', 'broken-weights', 'model/unsupported', 'dtype'],
    ['an unknown front end', 'other-type', 'model/unsupported', 'Nobody'],
    ['another sample rate', 'other-rate', 'model/unsupported', '8000 Hz'],
  ])('refuses %s', async (_what, path, code, words) => {
    await expect(open(`${server.address}${path}`)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  it.each([
    ['a server that is not there', 'http://127.0.0.1:9/model', {}, {}, 'model/unavailable'],
    ['a path that is not there', './no/such/folder', {}, {}, 'model/unavailable'],
    ['something else', 'https//slip', {}, {}, 'model/unavailable'],
    ['weights that are not there', '', { dtype: 'q8' }, {}, 'model/unavailable'],
    ['an output that is not there', '', { output: 'nothing' }, {}, 'model/unsupported'],
    [
      'a library beside a worker',
      '',
      { transformers, worker: refuseToStart },
      {},
      'verifier/invalid',
    ],
    ['a worker that does not start', '', { worker: refuseToStart }, {}, 'backend/unavailable'],
    ['a GPU in Node', '', {}, { backend: 'webgpu' }, 'backend/unavailable'],
    ['a signal that has fired', '', {}, { signal: AbortSignal.abort() }, 'aborted'],
    [
      'a library that is not installed',
      '',
      { transformers: () => Promise.reject(new Error('no such package')) },
      {},
      'backend/unavailable',
    ],
  ] satisfies [string, string, TransformersOptions, Partial<EncoderRequest>, string][])(
    'refuses %s',
    async (_what, model, options, request, code) => {
      const address = model === '' ? `${server.address}tiny-xvector` : model;
      await expect(open(address, options, request)).rejects.toMatchObject({ code });
    },
  );

  it('exports its defaults', () => {
    expect(TRANSFORMERS_DEFAULTS).toMatchObject({ revision: 'main', dtype: 'fp32' });
  });
});

describe('a verifier on a model of transformers.js', () => {
  const clip = (pitch: number, formant: number, seconds = 3) => ({
    samples: voice(pitch, formant, seconds),
    sampleRate: 16_000,
  });

  async function openVerifier(options: TransformersOptions = {}) {
    const encoder = await transformersEncoder(
      `${server.address}tiny-xvector`,
      options,
    )({ backend: 'auto' });
    // Speech detection hears no speech in a buzz: here everything is speech.
    const engine = createEngine(fakeDetector(), [encoder]);
    return assembleVerifier({
      engine,
      vault: await openVault({ storage: 'memory' }),
      decode: toSamples,
      openMicrophone: () => Promise.reject(new Error('not in this test')),
      falseAcceptRate: 0.05,
    });
  }

  it('enrolls, verifies at a given threshold, and has no rate to decide at', async () => {
    const verifier = await openVerifier();
    await verifier.enroll('ada', clip(210, 900, 12));
    const same = await verifier.verify('ada', clip(205, 900), { threshold: 0.8 });
    const other = await verifier.verify('ada', clip(100, 400), { threshold: 0.8 });
    expect(same.score).toBeGreaterThan(other.score);
    expect([same.accepted, other.accepted, same.llr]).toEqual([true, false, undefined]);
    await expect(verifier.verify('ada', clip(205, 900))).rejects.toMatchObject({
      code: 'model/unsupported',
      message: expect.stringContaining('threshold'),
    });
    expect(verifier.backend.name).toBe('cpu');
    expect(verifier.model.name).toBe('tiny-xvector');
    await verifier.dispose();
  });

  it('decides at thresholds that were given', async () => {
    const threshold = {
      falseAcceptRate: 0.01,
      score: 0.8,
      list: 'made',
      seconds: null,
      lists: [],
    };
    const verifier = await openVerifier({
      thresholds: [threshold],
      calibration: [{ maximumSeconds: null, scale: 10, offset: -8 }],
    });
    await verifier.enroll('ada', clip(210, 900, 12));
    const { accepted, falseAcceptRate, llr, score } = await verifier.verify('ada', clip(205, 900));
    expect({ accepted, falseAcceptRate }).toEqual({ accepted: true, falseAcceptRate: 0.01 });
    expect(llr).toBeCloseTo(10 * score - 8, 6);
    await verifier.dispose();
  });
});
