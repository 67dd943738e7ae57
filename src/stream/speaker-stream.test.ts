import { describe, expect, it } from 'vitest';
import type { PcmAudio } from '../audio/types.js';
import type { Encoder } from '../engine/encoder/types.js';
import {
  embedVoices,
  fakeEncoder,
  fakeEngine,
  MANIFEST,
  RATE,
  voice,
  WASM,
} from '../engine/fake-voices.fixture.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import type { Manifest } from '../models/manifest.js';
import { modelOf } from '../models/model.js';
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
function streamingEncoder(manifest: Manifest = STREAMING): Encoder {
  return fakeEncoder({
    model: modelOf({ ...manifest, embeddingSize: 3 }),
    encode: async (speech) => {
      const { values, ...rest } = embedVoices(speech);
      return { values: Float32Array.of(...values, 0), ...rest };
    },
    openStream: async () => {
      let samples = 0;
      return {
        backend: WASM,
        chunkSeconds: 0.16,
        async push(speech) {
          samples += speech.length;
          const recent = Float32Array.of(...embedVoices(speech).values, 0);
          const seconds = samples / RATE;
          return {
            heard: recent,
            recent,
            heardSeconds: seconds,
            recentSeconds: seconds,
            featuresMilliseconds: 0,
            encoderMilliseconds: 0,
          };
        },
        reset: async () => {
          samples = 0;
        },
        [asyncDispose]: async () => undefined,
      };
    },
  });
}

function open(vault: Vault, streaming?: Encoder) {
  return assembleVerifier({
    engine: fakeEngine({}, streaming === undefined ? [fakeEncoder()] : [fakeEncoder(), streaming]),
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
    const verifier = open(vault, streamingEncoder());
    expect(verifier.streamingModel?.name).toBe('tiny-stream');
    await verifier.enroll('ada', audio(10));
    const ada = await vault.get('ada');
    expect(ada?.models.map(({ name }) => name)).toEqual(['fake', 'tiny-stream']);
    const lengths = Array.from(ada?.utterances[0]?.embeddings ?? [], ([, { length }]) => length);
    expect(lengths).toEqual([2, 3]);
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
    const verifier = open(vault, streamingEncoder());
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

  it('keeps the embeddings of every model when utterances are added', async () => {
    const vault = await openVault({ storage: 'memory' });
    await open(vault).enroll('ada', audio(10));
    await open(vault, streamingEncoder()).enroll('ada', audio(12));
    const heardBy = async (hash: string) =>
      (await vault.get('ada'))?.utterances.map(({ embeddings }) => embeddings.get(hash)?.length);
    const [main, first, other] = ['a', 'c', 'd'].map((digit) => digit.repeat(64));
    expect(await heardBy(first ?? '')).toEqual([undefined, 3]);
    await open(vault).enroll('ada', audio(11));
    expect(await heardBy(first ?? '')).toEqual([undefined, 3, undefined]);
    const manifest = {
      ...STREAMING,
      files: { model: { ...STREAMING.files.model, sha256: other ?? '' } },
    };
    await open(vault, streamingEncoder(manifest)).enroll('ada', audio(14));
    expect(await heardBy(main ?? '')).toEqual([2, 2, 2, 2]);
    expect(await heardBy(first ?? '')).toEqual([undefined, 3, undefined, undefined]);
    expect(await heardBy(other ?? '')).toEqual([undefined, undefined, undefined, 3]);
    expect((await vault.get('ada'))?.models).toHaveLength(3);
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
