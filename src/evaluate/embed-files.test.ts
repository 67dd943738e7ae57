import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbedFilesOptions, embedFiles } from './embed-files.js';
import { EmbeddingCache, type EmbeddingSource } from './embedding-cache.js';
import type { AudioFile, FileEmbedder, Length } from './workers/file-embedding.js';

const SIZE = 4;
const manifest: EmbeddingSource = {
  embeddingSize: SIZE,
  files: { model: { path: 'model.onnx', sha256: 'ab'.repeat(32), bytes: 1 } },
  frontEnd: { recipe: 'speechbrain', parameters: {} },
};

let root = '';
let caches = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'voiceprint-embed-'));
  for (const name of ['a', 'b', 'c']) await writeFile(join(root, name), `audio of ${name}`);
  await writeFile(join(root, 'same-as-a'), 'audio of a');
  await writeFile(join(root, 'broken'), 'not audio');
});

afterAll(() => rm(root, { recursive: true }));

/** Embeds anything but `broken`, and remembers what it was asked for. */
function fakeEmbedder() {
  const asked: string[] = [];
  let closed = 0;
  const embedder: FileEmbedder = {
    async embed(file, lengths) {
      const paths = typeof file === 'string' ? [file] : file;
      const name = paths.map((path) => path.slice(root.length + 1)).join('+');
      asked.push(name);
      if (name === 'broken') return { kind: 'unreadable', reason: 'no audio format fits.' };
      return {
        kind: 'embedded',
        embeddings: lengths.map((length) => ({
          seconds: length ?? 9,
          values: Float32Array.of(name.charCodeAt(0), length ?? 9, 0.5, 0.25),
        })),
      };
    },
    close: async () => {
      closed++;
    },
  };
  return { embedder, asked, closed: () => closed };
}

const lengths: readonly Length[] = [1, null];

function options(
  files: readonly AudioFile[],
  embedders: readonly FileEmbedder[],
  overrides: Partial<EmbedFilesOptions> = {},
): EmbedFilesOptions {
  return {
    files,
    root,
    lengths,
    cache: undefined,
    skipUnreadable: false,
    openEmbedders: async () => embedders,
    onProgress: () => {},
    ...overrides,
  };
}

const freshCache = () => new EmbeddingCache(join(root, `cache-${caches++}`), manifest, false);

describe('embedFiles', () => {
  it('embeds each file once, shared among embedders, and closes them', async () => {
    const [one, two] = [fakeEmbedder(), fakeEmbedder()];
    const progress: number[] = [];
    const { embeddings, skipped } = await embedFiles(
      options(['a', 'b', 'c'], [one.embedder, two.embedder], {
        onProgress: (done) => progress.push(done),
      }),
    );
    expect([...one.asked, ...two.asked].sort()).toEqual(['a', 'b', 'c']);
    expect(embeddings.map((ofFile) => ofFile?.[0]?.values[0])).toEqual([97, 98, 99]);
    expect(skipped).toEqual([]);
    expect(progress).toEqual([0, 1, 2, 3]);
    expect([one.closed(), two.closed()]).toEqual([1, 1]);
  });

  it('goes on where an interrupted run was, and needs no embedder when all is there', async () => {
    const cache = freshCache();
    const first = fakeEmbedder();
    await expect(
      embedFiles(options(['a', 'broken', 'b'], [first.embedder], { cache })),
    ).rejects.toThrow(/broken cannot be used/);
    const second = fakeEmbedder();
    const resumed = await embedFiles(options(['a', 'b', 'c'], [second.embedder], { cache }));
    expect(second.asked).toEqual(['b', 'c']);
    const third = await embedFiles(
      options(['a', 'b', 'c'], [], {
        cache,
        openEmbedders: () => Promise.reject(new Error('opened')),
      }),
    );
    expect(third.embeddings).toEqual(resumed.embeddings);
  });

  it('knows a file by its contents, and another length as another entry', async () => {
    const cache = freshCache();
    await embedFiles(options(['a'], [fakeEmbedder().embedder], { cache }));
    const copy = fakeEmbedder();
    await embedFiles(options(['same-as-a'], [copy.embedder], { cache }));
    expect(copy.asked).toEqual([]);
    await embedFiles(options(['a'], [copy.embedder], { cache, lengths: [2] }));
    expect(copy.asked).toEqual(['a']);
  });

  it('joins several files into one, which is another entry than each of them', async () => {
    const cache = freshCache();
    const { embedder, asked } = fakeEmbedder();
    await embedFiles(options(['a', ['a', 'b'], ['b', 'a']], [embedder], { cache }));
    await embedFiles(options([['a', 'b']], [embedder], { cache }));
    expect(asked).toEqual(['a', 'a+b', 'b+a']);
    await expect(embedFiles(options([['a', 'gone']], [embedder]))).rejects.toThrow(
      /a and 1 more is missing/,
    );
  });

  it('names a missing file before any work', async () => {
    const { embedder, asked } = fakeEmbedder();
    await expect(embedFiles(options(['a', 'gone', 'lost'], [embedder]))).rejects.toThrow(
      expect.objectContaining({
        code: 'cli/usage',
        message: expect.stringMatching(/gone is missing and 1 more; check --root/),
      }),
    );
    expect(asked).toEqual([]);
  });

  it('leaves out missing and unreadable files when asked to, with the reason', async () => {
    const { embedder } = fakeEmbedder();
    const { embeddings, skipped } = await embedFiles(
      options(['a', 'gone', 'broken'], [embedder], { skipUnreadable: true }),
    );
    expect(embeddings.map((ofFile) => ofFile !== undefined)).toEqual([true, false, false]);
    expect(skipped).toEqual([
      { file: 'gone', reason: 'not found' },
      { file: 'broken', reason: 'no audio format fits.' },
    ]);
  });

  it('stops all embedders when one fails', async () => {
    const failing: FileEmbedder = {
      embed: () => Promise.reject(new Error('the worker died')),
      close: async () => {},
    };
    const other = fakeEmbedder();
    await expect(embedFiles(options(['a', 'b', 'c'], [failing, other.embedder]))).rejects.toThrow(
      /worker died/,
    );
    expect(other.closed()).toBe(1);
  });
});

describe('EmbeddingCache', () => {
  it('takes an entry that was cut short for none', async () => {
    const folder = join(root, `cache-${caches++}`);
    const cache = new EmbeddingCache(folder, manifest, false);
    const embedding = { seconds: 2.5, values: Float32Array.of(1, 2, 3, 4) };
    await cache.put('cd'.repeat(32), 2, embedding);
    expect(await cache.get('cd'.repeat(32), 2)).toEqual(embedding);
    const inside = join(folder, 'ab'.repeat(32), 'cd');
    const [entry = ''] = await readdir(inside);
    await writeFile(join(inside, entry), 'short');
    expect(await cache.get('cd'.repeat(32), 2)).toBeUndefined();
  });

  it('keeps trimmed and whole audio apart, and models', async () => {
    const folder = join(root, `cache-${caches++}`);
    const embedding = { seconds: 1, values: new Float32Array(SIZE) };
    await new EmbeddingCache(folder, manifest, false).put('ef'.repeat(32), 1, embedding);
    expect(
      await new EmbeddingCache(folder, manifest, true).get('ef'.repeat(32), 1),
    ).toBeUndefined();
    const other = { ...manifest, frontEnd: { ...manifest.frontEnd, parameters: { n_mels: 40 } } };
    expect(await new EmbeddingCache(folder, other, false).get('ef'.repeat(32), 1)).toBeUndefined();
  });
});
