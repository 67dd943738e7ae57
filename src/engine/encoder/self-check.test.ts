import { expect, it } from 'vitest';
import { convertCheckpoint } from '../../convert/index.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { safetensorsOf, tinyEcapaTensors } from '../../models/tiny-ecapa.fixture.js';
import { openEncoder } from './open-encoder.js';

it('passes on the front end of the conversion, and finds one that is off', async () => {
  const bytes = safetensorsOf(tinyEcapaTensors());
  const { manifest, files } = await convertCheckpoint(bytes, { name: 'tiny' });
  const graph = files.get('model.onnx') ?? new Uint8Array();
  const encoder = await openEncoder(graph, manifest, { backend: 'wasm' });
  await encoder[asyncDispose]();
  const { recipe } = manifest.frontEnd;
  for (const off of [{ top_db: 40 }, { hop_length: 12 }, { normalization: 'none' }]) {
    const parameters = { ...manifest.frontEnd.parameters, ...off };
    const changed = { ...manifest, frontEnd: { recipe, parameters } };
    await expect(
      openEncoder(graph, changed, { backend: 'wasm' }),
      JSON.stringify(off),
    ).rejects.toMatchObject({ code: 'backend/failed' });
  }
});
