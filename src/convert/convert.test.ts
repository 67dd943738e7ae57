// @module-tag slow

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeInNode } from '../audio/decode/decode-node.js';
import { readCheckpoint } from '../checkpoint/index.js';
import { speechbrainFbank } from '../features/index.js';
import { sha256 } from '../models/download-hash.js';
import { parseManifest } from '../models/manifest.js';
import { safetensorsOf, TINY_ECAPA, tinyEcapaTensors } from '../models/tiny-ecapa.fixture.js';
import { SHARED } from '../platform/checkout.fixture.js';
import { runGraphOnce } from '../runtime/run-graph-once.js';
import { cosine } from '../scoring/cosine.js';
import { float32Tensor, type NamedTensors, type Tensor } from '../tensor.js';
import { convertCheckpoint } from './convert.js';
import type { ConvertOptions } from './types.js';

const root = resolve(import.meta.dirname, '../..');
const shared = SHARED;
const trained = resolve(shared, 'checkpoints/ecapa-c256/embedding_model.ckpt');
const absent = !existsSync(trained);
if (absent) console.warn(`skipped: ${trained} is absent, and with it the trained ECAPA-TDNN`);

const checkpoint = safetensorsOf(tinyEcapaTensors());
const convert = (bytes: Uint8Array, options: Partial<ConvertOptions> = {}) =>
  convertCheckpoint(bytes, { name: 'tiny', runGraph: runGraphOnce, ...options });

/** Real speech as features, of a bundled synthesized voice. */
const speechFeatures = once(async (name: string) => {
  const samples = await decodeInNode(readFileSync(resolve(root, `demo/voices/${name}.flac`)));
  return speechbrainFbank().compute(samples);
});

/** Decoding and features take longer than a small encoder: they are made once for each voice. */
function once<T>(make: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (name) => {
    const result = made.get(name) ?? make(name);
    made.set(name, result);
    return result;
  };
}

async function embeddingsOf(
  bytes: Uint8Array,
  precision: 'fp32' | 'fp16' | 'int8',
  voices: readonly string[],
) {
  const { files, manifest } = await convert(bytes, { precision });
  const model = files.get('model.onnx') ?? new Uint8Array();
  const embeddings: Float32Array[] = [];
  for (const voice of voices) {
    const { data, frames, bands } = await speechFeatures(voice);
    const input = { name: manifest.input.name, data, shape: [1, frames, bands] };
    embeddings.push(await runGraphOnce(model, input, manifest.output.name));
  }
  return embeddings;
}

/** The least cosine between the embeddings at a precision and the same at float32. */
async function leastCosine(
  bytes: Uint8Array,
  precision: 'fp16' | 'int8',
  voices: readonly string[],
  full: readonly Float32Array[],
): Promise<number> {
  const packed = await embeddingsOf(bytes, precision, voices);
  expect(packed).toHaveLength(full.length);
  return Math.min(...full.map((one, i) => cosine(one, packed[i] ?? new Float32Array())));
}

describe('convertCheckpoint', () => {
  it('makes a folder whose manifest says what is in it', async () => {
    const { manifest, files, report } = await convert(checkpoint);
    const model = files.get('model.onnx') ?? new Uint8Array();
    expect(manifest.files.model.bytes).toBe(model.length);
    expect(manifest.files.model.sha256).toBe(await sha256(new Uint8Array(model)));
    const json: unknown = JSON.parse(new TextDecoder().decode(files.get('manifest.json')));
    expect(parseManifest(json)).toEqual(manifest);
    expect(manifest.upstream.config).toMatchObject(TINY_ECAPA);
    expect(manifest.embeddingSize).toBe(TINY_ECAPA.lin_neurons);
    expect(manifest.frontEnd.recipe).toBe('speechbrain');
    expect(report.ignoredKeys.every((key) => key.endsWith('num_batches_tracked'))).toBe(true);
    expect(new TextDecoder().decode(files.get('README.md'))).toContain('no authenticator');
  });

  it('gives the same bytes whatever the order of the keys', async () => {
    const reversed = new Map([...tinyEcapaTensors()].reverse());
    const [one, other] = await Promise.all([convert(checkpoint), convert(safetensorsOf(reversed))]);
    expect(other.manifest.files.model.sha256).toBe(one.manifest.files.model.sha256);
  });

  it.each([
    ['fp16', 0.99999],
    ['int8', 0.999],
  ] as const)('keeps embeddings at %s', async (precision, least) => {
    const voices = ['ada-1'];
    const full = await embeddingsOf(checkpoint, 'fp32', voices);
    expect(await leastCosine(checkpoint, precision, voices, full)).toBeGreaterThan(least);
  });

  it('says how far a precision is from float32', async () => {
    expect((await convert(checkpoint)).report.cosineToFp32).toBe(1);
    const { cosineToFp32 } = (await convert(checkpoint, { precision: 'int8' })).report;
    expect(cosineToFp32).toBeGreaterThan(0.99);
    expect(cosineToFp32).toBeLessThan(1);
  });

  it('refuses weights that are not numbers, missing, or of another configuration', async () => {
    const withTensor = (key: string, change: (tensors: Map<string, Tensor>) => void) => {
      const tensors = tinyEcapaTensors();
      expect(tensors.has(key)).toBe(true);
      change(tensors);
      return convert(safetensorsOf(tensors));
    };
    const bias = 'blocks.2.tdnn2.conv.conv.bias';
    await expect(
      withTensor(bias, (tensors) =>
        tensors.set(bias, float32Tensor(new Float32Array(32).fill(Number.NaN), [32])),
      ),
    ).rejects.toMatchObject({ code: 'graph/weights', message: expect.stringContaining(bias) });
    await expect(withTensor(bias, (tensors) => tensors.delete(bias))).rejects.toMatchObject({
      code: 'graph/weights',
      message: expect.stringContaining(bias),
    });
    await expect(
      withTensor(bias, (tensors) => tensors.set(bias, float32Tensor(new Float32Array(31), [31]))),
    ).rejects.toMatchObject({ code: 'graph/weights', message: expect.stringContaining(bias) });
    await expect(
      convert(checkpoint, { config: { config: { attention_channels: 8 } } }),
    ).rejects.toMatchObject({
      code: 'graph/weights',
      message: expect.stringContaining('attention_channels'),
    });
    await expect(
      convert(checkpoint, { config: { config: { chanels: [1] } } }),
    ).rejects.toMatchObject({ code: 'graph/invalid' });
  });

  it('refuses weights so large that the graph overflows', async () => {
    const tensors = tinyEcapaTensors();
    const key = 'blocks.0.conv.conv.weight';
    const shape = tensors.get(key)?.shape ?? [];
    tensors.set(key, float32Tensor(new Float32Array(32 * 80 * 5).fill(3e38), shape));
    await expect(convert(safetensorsOf(tensors))).rejects.toMatchObject({
      code: expect.stringMatching(/^(model\/malformed|graph\/weights)$/),
    });
  });

  it('does not know a checkpoint without its keys, and says how to name it', async () => {
    const strange = new Map([['weight', float32Tensor(new Float32Array(4), [2, 2])]]);
    await expect(convert(safetensorsOf(strange))).rejects.toMatchObject({
      code: 'model/unsupported',
      message: expect.stringContaining('name the architecture'),
    });
    await expect(convert(checkpoint, { architecture: 'beats2' })).rejects.toMatchObject({
      code: 'model/unsupported',
      message: expect.stringContaining('ecapa-tdnn'),
    });
  });
});

describe.skipIf(absent)('the trained checkpoint', () => {
  const bytes = absent ? new Uint8Array() : readFileSync(trained);

  it('keeps embeddings of speech at fp16 and int8', async () => {
    const voices = ['ada-1', 'ben-1', 'cal-1'];
    const full = await embeddingsOf(bytes, 'fp32', voices);
    expect(await leastCosine(bytes, 'fp16', voices, full)).toBeGreaterThan(0.99999);
    expect(await leastCosine(bytes, 'int8', voices, full)).toBeGreaterThan(0.99);
  }, 120_000);

  it('does not depend on the order of its keys', async () => {
    const { tensors } = readCheckpoint(bytes);
    const shuffled: NamedTensors = new Map([...tensors].reverse());
    const [one, other] = [await convert(bytes), await convert(safetensorsOf(shuffled))];
    expect(other.manifest.files.model.sha256).toBe(one.manifest.files.model.sha256);
  });
});

const cases = resolve(shared, 'reference/cases');
const ofCampplus = resolve(cases, 'campplus_3ds_small/embedding_model.ckpt');

describe.skipIf(!existsSync(ofCampplus))('a checkpoint whose keys several systems have', () => {
  it('is converted to the one that is asked for, sizes read off the keys', async () => {
    const { manifest, report } = await convert(readFileSync(ofCampplus), {
      architecture: 'campplus-wespeaker',
    });
    expect(manifest.architecture).toBe('campplus-wespeaker');
    expect(manifest.embeddingSize).toBe(48);
    expect(manifest.frontEnd.parameters).toMatchObject({ window_type: 'hamming' });
    expect(report.notes).toEqual([]);
  }, 60_000);
});
