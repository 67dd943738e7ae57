import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelCache } from './cache.js';
import { type DownloadProgress, loadSpeechDetector, openModel } from './download.js';
import { sha256 } from './download-hash.js';

const MODEL = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251);

/** `toEqual` takes a second for so many bytes. */
function expectSame(actual: Uint8Array | undefined, expected: Uint8Array): void {
  expect(Buffer.from(actual ?? []).equals(expected)).toBe(true);
}

interface Answer {
  readonly status?: number;
  readonly body?: string | Uint8Array;
  /** Close the connection after the body, although more was promised. */
  readonly promised?: number;
  readonly hang?: boolean;
}

let server: Server;
let base: string;
let answers: Map<string, Answer>;
let requests: string[];

beforeEach(async () => {
  answers = new Map();
  requests = [];
  server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push(path);
    const answer = answers.get(path) ?? { status: 404, body: 'not found' };
    if (answer.hang === true) return;
    const body = answer.body ?? '';
    if (answer.promised !== undefined) {
      response.writeHead(200, { 'content-length': answer.promised });
      response.write(body, () => response.destroy());
      return;
    }
    response.writeHead(answer.status ?? 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/m/`;
  answers.set('/m/manifest.json', { body: await manifest() });
  answers.set('/m/model.onnx', { body: MODEL });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function manifest(model: Uint8Array<ArrayBuffer> = MODEL, extra = {}): Promise<string> {
  return JSON.stringify({
    format: 1,
    name: 'test',
    version: '1',
    architecture: 'ecapa-tdnn',
    upstream: { class: 'x', config: {} },
    licence: 'Apache-2.0',
    precision: 'fp32',
    files: {
      model: { path: 'model.onnx', sha256: await sha256(model), bytes: model.length },
      ...extra,
    },
    frontEnd: { recipe: 'speechbrain', parameters: {} },
    sampleRate: 16000,
    input: { name: 'x', minimumFrames: 5 },
    output: { name: 'y' },
    embeddingSize: 1,
    minimumSeconds: 1,
    recommendedSeconds: 6,
    thresholds: [],
    calibration: [],
    selfCheck: { seed: 1, frames: 60, embedding: [1], minimumCosine: 0.99 },
    training: { data: [], recipe: '' },
    figures: [],
  });
}

function memoryCache() {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const manifests = new Map<string, string>();
  const cache: ModelCache = {
    file: async (hash) => files.get(hash),
    putFile: async (hash, bytes) => void files.set(hash, bytes),
    removeFile: async (hash) => void files.delete(hash),
    manifest: async (address) => manifests.get(address.href),
    putManifest: async (address, text) => void manifests.set(address.href, text),
  };
  return { cache, files, manifests };
}

describe('openModel over http', () => {
  it('loads the manifest, then every file, and reports progress', async () => {
    const cohort = Uint8Array.of(1, 2, 3);
    const file = { path: 'cohort.bin', sha256: await sha256(cohort), bytes: 3 };
    answers.set('/m/manifest.json', { body: await manifest(MODEL, { cohort: file }) });
    answers.set('/m/cohort.bin', { body: cohort });
    const progress: DownloadProgress[] = [];
    const model = await openModel(base, { onProgress: (p) => progress.push(p) });
    expectSame(model.files.model, MODEL);
    expect(model.files.cohort).toEqual(cohort);
    expect(progress[0]).toEqual({ stage: 'manifest', done: 0 });
    expect(progress.at(-1)).toEqual({
      stage: 'model',
      done: 1,
      bytes: 300_003,
      totalBytes: 300_003,
      cached: false,
    });
    const done = progress.filter((p) => p.stage === 'model').map((p) => p.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.length).toBeLessThan(110);
  });

  it('asks for the manifest only when it knows the files', async () => {
    const { cache } = memoryCache();
    await openModel(base, { cache });
    requests.length = 0;
    const progress: DownloadProgress[] = [];
    await openModel(base, { cache, onProgress: (p) => progress.push(p) });
    expect(requests).toEqual(['/m/manifest.json']);
    expect(progress.at(-1)).toMatchObject({ done: 1, cached: true });
  });

  it('opens from the cache when the server cannot be reached', async () => {
    const { cache } = memoryCache();
    await openModel(base, { cache });
    answers.set('/m/manifest.json', { status: 503 });
    expectSame((await openModel(base, { cache })).files.model, MODEL);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expectSame((await openModel(base, { cache })).files.model, MODEL);
  });

  it('does not open from the cache what the server says is gone', async () => {
    const { cache } = memoryCache();
    await openModel(base, { cache });
    answers.delete('/m/manifest.json');
    await expect(openModel(base, { cache })).rejects.toMatchObject({ code: 'model/unavailable' });
  });

  it('replaces a model that was deployed anew and forgets the old bytes', async () => {
    const { cache, files } = memoryCache();
    await openModel(base, { cache });
    const next = MODEL.slice().reverse();
    answers.set('/m/manifest.json', { body: await manifest(next) });
    answers.set('/m/model.onnx', { body: next });
    expectSame((await openModel(base, { cache })).files.model, next);
    expect([...files.keys()]).toEqual([await sha256(next)]);
  });

  it('throws damaged bytes out of the cache and loads them again', async () => {
    const { cache, files } = memoryCache();
    await openModel(base, { cache });
    const hash = await sha256(MODEL);
    const damaged = MODEL.slice();
    damaged[1000] = 255;
    files.set(hash, damaged);
    expectSame((await openModel(base, { cache })).files.model, MODEL);
    expectSame(files.get(hash), MODEL);

    files.set(hash, damaged);
    answers.set('/m/model.onnx', { status: 500 });
    await expect(openModel(base, { cache })).rejects.toMatchObject({
      code: 'model/integrity',
      message: expect.stringContaining('damaged'),
    });
    expect(files.has(hash)).toBe(false);
  });

  it.each<[string, string, Answer, string, RegExp]>([
    ['a missing model', 'model.onnx', { status: 404 }, 'model/unavailable', /HTTP 404/],
    ['a forbidden manifest', 'manifest.json', { status: 403 }, 'model/unavailable', /HTTP 403/],
    [
      'a page in place of the model',
      'model.onnx',
      { body: '\n<!DOCTYPE html><title>app</title>' },
      'model/unavailable',
      /web page instead/,
    ],
    [
      'a page in place of the manifest',
      'manifest.json',
      { body: '<html><body>app' },
      'model/unavailable',
      /web page instead/,
    ],
    ['text in place of the manifest', 'manifest.json', { body: 'hi' }, 'model/malformed', /"hi"/],
    ['no manifest at all', 'manifest.json', { body: '' }, 'model/malformed', /not JSON/],
    ['a model cut short', 'model.onnx', { body: MODEL.slice(9) }, 'model/integrity', /299991/],
    ['an empty model', 'model.onnx', { body: '' }, 'model/integrity', /is 0 bytes/],
    [
      'a model that goes on',
      'model.onnx',
      { body: new Uint8Array(400_000) },
      'model/integrity',
      /longer than the 300000/,
    ],
    [
      'other bytes of the same length',
      'model.onnx',
      { body: new Uint8Array(300_000) },
      'model/integrity',
      /has SHA-256/,
    ],
    [
      'a connection that breaks',
      'model.onnx',
      { body: MODEL.slice(0, 1000), promised: 300_000 },
      'model/unavailable',
      /could not be fetched/,
    ],
  ])('refuses %s and keeps nothing of it', async (_what, file, answer, code, message) => {
    answers.set(`/m/${file}`, answer);
    const { cache, files } = memoryCache();
    const failure = expect(openModel(base, { cache })).rejects;
    await failure.toMatchObject({ name: 'VoiceprintError', code });
    await expect(openModel(base, { cache })).rejects.toThrow(message);
    expect(files.size).toBe(0);
  });

  it('stops when it is aborted, before or in the middle', async () => {
    const aborted = AbortSignal.abort('changed my mind');
    await expect(openModel(base, { signal: aborted })).rejects.toMatchObject({
      code: 'aborted',
      cause: 'changed my mind',
    });
    answers.set('/m/model.onnx', { hang: true });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    await expect(openModel(base, { signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

describe('openModel in Node', () => {
  it('reads a folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'voiceprint-model-'));
    try {
      writeFileSync(join(folder, 'manifest.json'), await manifest());
      await expect(openModel(folder)).rejects.toMatchObject({
        code: 'model/unavailable',
        message: expect.stringContaining(join(folder, 'model.onnx')),
      });
      writeFileSync(join(folder, 'model.onnx'), MODEL.slice(1));
      await expect(openModel(folder)).rejects.toMatchObject({ code: 'model/integrity' });
      writeFileSync(join(folder, 'model.onnx'), MODEL);
      expectSame((await openModel(folder)).files.model, MODEL);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('checks the speech detector like any model', async () => {
    const other = { sha256: '0'.repeat(64), bytes: 2_327_524 };
    await expect(loadSpeechDetector(other)).rejects.toMatchObject({ code: 'model/integrity' });
  });
});
