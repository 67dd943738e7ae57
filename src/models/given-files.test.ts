import { describe, expect, it } from 'vitest';
import { convertCheckpoint } from '../convert/index.js';
import { openModel } from './download.js';
import { safetensorsOf, tinyEcapaTensors } from './tiny-ecapa.fixture.js';

const { files, manifest } = await convertCheckpoint(safetensorsOf(tinyEcapaTensors()), {
  name: 'tiny',
});
const changed = (path: string, bytes?: Uint8Array) => {
  const copy = new Map(files);
  if (bytes === undefined) copy.delete(path);
  else copy.set(path, bytes);
  return { files: copy };
};

describe('openModel on files that are held in memory', () => {
  it('takes what convertCheckpoint returns, and the same as blobs', async () => {
    const stages: string[] = [];
    const opened = await openModel({ files }, { onProgress: ({ stage }) => stages.push(stage) });
    expect(opened.manifest).toEqual(manifest);
    expect(Buffer.from(opened.files.model).equals(files.get('model.onnx') ?? Buffer.of())).toBe(
      true,
    );
    expect(stages).toEqual(['manifest', 'manifest', 'model']);
    const blobs = new Map(
      [...files].map(([path, bytes]) => [path, new Blob([new Uint8Array(bytes)])]),
    );
    expect((await openModel({ files: blobs })).manifest).toEqual(manifest);
  });

  it('refuses what is missing, changed or cut short, and says what', async () => {
    const open = (model: Parameters<typeof openModel>[0]) => openModel(model);
    const model = files.get('model.onnx') ?? new Uint8Array();
    const flipped = Uint8Array.from(model);
    flipped[1000] = (flipped[1000] ?? 0) ^ 1;
    await expect(open({ files: new Map() })).rejects.toMatchObject({ code: 'model/unavailable' });
    await expect(open(changed('model.onnx'))).rejects.toThrow(/lack "model.onnx"/);
    await expect(open(changed('model.onnx', flipped))).rejects.toMatchObject({
      code: 'model/integrity',
    });
    await expect(open(changed('model.onnx', model.subarray(1)))).rejects.toThrow(/cut short/);
    await expect(open(changed('manifest.json', model))).rejects.toMatchObject({
      code: 'model/malformed',
    });
  });

  it('stops when it is aborted', async () => {
    await expect(openModel({ files }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
