import { describe, expect, it } from 'vitest';
import type { PcmAudio } from '../audio/types.js';
import { embedVoices, fakeEngine, MANIFEST, RATE, voice } from '../engine/fake-voices.fixture.js';
import { openWithStreaming } from '../engine/streaming-engine.js';
import type { Engine } from '../engine/types.js';
import { openVault } from '../vault/index.js';
import type { Vault } from '../vault/types.js';
import { assembleVerifier } from '../verifier/verifier.js';

const STREAMING = {
  ...MANIFEST,
  name: 'tiny-stream',
  files: { model: { path: 'model.onnx', sha256: 'c'.repeat(64), bytes: 1 } },
  streaming: { stack: 2, recent: 'recent', states: [{ input: 'a', output: 'b', dims: [1] }] },
};

/** Embeds in three values where the model beside it has two. */
function streamingEngine(manifest = STREAMING): Engine {
  return fakeEngine({
    manifest: { ...manifest, embeddingSize: 3 },
    embed: async (speech) => {
      const { values, ...rest } = embedVoices(speech);
      return { values: Float32Array.of(...values, 0), ...rest };
    },
  });
}

function open(vault: Vault, streaming?: Engine) {
  return assembleVerifier({
    engine: fakeEngine(),
    ...(streaming === undefined ? {} : { streaming }),
    vault,
    decode: async (input) => (input as PcmAudio).samples,
    openMicrophone: () => Promise.reject(new Error('not in this test')),
    falseAcceptRate: 0.01,
  });
}

const audio = (degrees: number) => ({ samples: voice(degrees, 3), sampleRate: RATE });

describe('a streaming model beside the model', () => {
  it('is enrolled with it, and compared by streams of mode causal', async () => {
    const vault = await openVault({ storage: 'memory' });
    const verifier = open(vault, streamingEngine());
    expect(verifier.streamingModel?.name).toBe('tiny-stream');
    await verifier.enroll('ada', audio(10));
    expect(await vault.get('ada')).toMatchObject({
      streamingModel: { name: 'tiny-stream', sha256: 'c'.repeat(64) },
      utterances: [{ embedding: { length: 2 }, streamingEmbedding: { length: 3 } }],
    });
    const modes = [];
    for (const mode of [undefined, 'window'] as const) {
      const stream = verifier.stream('ada', {
        source: 'pushed',
        ...(mode === undefined ? {} : { mode }),
      });
      await stream.push(voice(10, 3));
      await stream.stop();
      modes.push([stream.mode, stream.current?.speaker]);
    }
    expect(modes).toEqual([
      ['causal', 'ada'],
      ['window', 'ada'],
    ]);
    expect((await verifier.verify('ada', audio(10))).accepted).toBe(true);
  });

  it('asks to enroll again where a voiceprint has nothing of it', async () => {
    const vault = await openVault({ storage: 'memory' });
    await open(vault).enroll('ada', audio(10));
    const verifier = open(vault, streamingEngine());
    const remedy = { code: 'model/mismatch', message: expect.stringContaining('replace: true') };
    await expect(verifier.stream('ada', { source: 'pushed' }).ready).rejects.toMatchObject(remedy);
    await expect(verifier.stream(undefined, { source: 'pushed' }).ready).rejects.toMatchObject(
      remedy,
    );
    // Whoever has it is listened for where nobody is named.
    await verifier.enroll('ben', audio(150));
    const stream = verifier.stream(undefined, { source: 'pushed' });
    await stream.push(voice(150, 3));
    await stream.stop();
    expect(stream.current?.candidates.map(({ speaker }) => speaker)).toEqual(['ben']);
    await expect(verifier.stream(['ada', 'ben'], { source: 'pushed' }).ready).rejects.toMatchObject(
      remedy,
    );
    const window = verifier.stream('ada', { source: 'pushed', mode: 'window' });
    await window.ready;
    await window.stop();
    await verifier.enroll('ada', audio(10), { replace: true });
    await verifier.stream('ada', { source: 'pushed' }).ready;
    await verifier.dispose();
  });

  it('keeps what it can compare when utterances are added', async () => {
    const vault = await openVault({ storage: 'memory' });
    await open(vault).enroll('ada', audio(10));
    await open(vault, streamingEngine()).enroll('ada', audio(12));
    const lengths = async () =>
      (await vault.get('ada'))?.utterances.map((u) => u.streamingEmbedding?.length);
    expect(await lengths()).toEqual([undefined, 3]);
    await open(vault).enroll('ada', audio(11));
    expect(await lengths()).toEqual([undefined, 3, undefined]);
    const other = {
      ...STREAMING,
      files: { model: { ...STREAMING.files.model, sha256: 'd'.repeat(64) } },
    };
    await open(vault, streamingEngine(other)).enroll('ada', audio(14));
    expect(await lengths()).toEqual([undefined, undefined, undefined, 3]);
    expect((await vault.get('ada'))?.streamingModel?.sha256).toBe('d'.repeat(64));
  });

  it('refuses mode causal where nothing can stream', async () => {
    const verifier = open(await openVault({ storage: 'memory' }));
    expect(() => verifier.stream('ada', { mode: 'causal' })).toThrow(/streamingModel/);
  });
});

describe('one scale', () => {
  it('gives a clip the same score, threshold and likelihood ratio in verify and stream', async () => {
    const verifier = open(await openVault({ storage: 'memory' }));
    await verifier.enroll('ada', audio(10));
    const verified = await verifier.verify('ada', audio(35));
    for (const options of [{}, { threshold: 0.4 }]) {
      const stream = verifier.stream('ada', { source: 'pushed', ...options });
      await stream.push(voice(35, 3));
      await stream.stop();
      const heard = stream.current;
      expect(heard?.score).toBeCloseTo(verified.score, 4);
      expect(heard?.cosine).toBeCloseTo(verified.cosine, 4);
      expect(heard?.llr).toBeCloseTo(verified.llr ?? Number.NaN, 3);
      expect(heard?.threshold).toBe(options.threshold ?? verified.threshold);
    }
    const { score, threshold } = await verifier.verify('ada', audio(35), { threshold: 0.4 });
    expect([score, threshold]).toEqual([verified.score, 0.4]);
  });
});

describe('openWithStreaming', () => {
  it('is ready when both are', async () => {
    const stages: string[] = [];
    const { engine, streaming } = await openWithStreaming(
      async ({ onProgress }) => {
        onProgress?.({ stage: 'model', done: 1 });
        onProgress?.({ stage: 'ready', done: 1 });
        return fakeEngine();
      },
      { model: 'streaming', onProgress: ({ stage }) => stages.push(stage) },
      async () => streamingEngine(),
    );
    expect([engine.manifest.name, streaming.manifest.name]).toEqual(['fake', 'tiny-stream']);
    expect(stages).toEqual(['model', 'ready']);
  });

  it('closes both where one cannot be had', async () => {
    const closed: string[] = [];
    const closing = (name: string, manifest: Engine['manifest']) =>
      fakeEngine({ manifest, dispose: async () => void closed.push(name) });
    await expect(
      openWithStreaming(
        async () => closing('main', MANIFEST),
        { model: 'default' },
        async () => closing('streaming', MANIFEST),
      ),
    ).rejects.toMatchObject({
      code: 'model/unsupported',
      message: expect.stringContaining('streamingModel is fake'),
    });
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(closed.sort()).toEqual(['main', 'streaming']);
  });
});
