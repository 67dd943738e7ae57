import { describe, expect, it, vi } from 'vitest';
import type { PcmAudio } from '../audio/types.js';
import { createEngine } from '../engine/engine.js';
import {
  fakeDetector,
  fakeEncoder,
  fakeEngine,
  MANIFEST,
  RATE,
  voice as voiceOf,
} from '../engine/fake-voices.fixture.js';
import type { Engine } from '../engine/types.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import type { Manifest } from '../models/manifest.js';
import { modelOf } from '../models/model.js';
import { openVault } from '../vault/index.js';
import { DISPOSAL_LIMIT } from './options.js';
import type { Verifier } from './types.js';
import { assembleVerifier } from './verifier.js';

const manifest: Omit<Manifest, 'normalization'> = {
  ...MANIFEST,
  embeddingSize: 3,
  thresholds: [
    { falseAcceptRate: 0.05, score: 0.4, list: 'made', seconds: null, lists: [] },
    { falseAcceptRate: 0.01, score: 0.6, list: 'made', seconds: null, lists: [] },
  ],
};

const voice = (degrees: number, seconds = 3): PcmAudio => ({
  samples: voiceOf(degrees, seconds),
  sampleRate: RATE,
});

const silence: PcmAudio = { samples: new Float32Array(3 * RATE), sampleRate: RATE };

/** An engine that hears speech wherever there is sound, and counts what it embeds. */
function countingEngine(model: typeof manifest) {
  const counts = { embedded: 0, heard: 0 };
  const detect = async (samples: Float32Array) =>
    samples.every((value) => value === 0) ? [] : [{ start: 0, end: samples.length / RATE }];
  const encoder = fakeEncoder({
    model: modelOf(model),
    async encode(speech) {
      counts.embedded++;
      const angle = ((Math.abs(speech[0] ?? 0) * 1000 - 1) * Math.PI) / 180;
      const values = new Float32Array([Math.cos(angle), Math.sin(angle), 0]);
      return { values, featuresMilliseconds: 2, encoderMilliseconds: 3 };
    },
  });
  const engine = createEngine(fakeDetector({ detect }), [encoder]);
  const hear: Engine['hear'] = (clip, ask) => {
    counts.heard++;
    return engine.hear(clip, ask);
  };
  return { counts, engine: fakeEngine({ models: engine.models, hear }, [encoder]) };
}

async function open(model = manifest, vault = openVault({ storage: 'memory' })) {
  const { counts, engine } = countingEngine(model);
  const verifier = assembleVerifier({
    engine,
    vault: await vault,
    decode: async (input) => (input as PcmAudio).samples,
    openMicrophone: () => Promise.reject(new Error('not in this test')),
    falseAcceptRate: 0.01,
  });
  return { counts, verifier };
}

async function enrolled(...people: readonly [string, number][]): Promise<Verifier> {
  const { verifier } = await open();
  for (const [name, degrees] of people) await verifier.enroll(name, voice(degrees));
  return verifier;
}

describe('options that are no object', () => {
  it('are refused by name', async () => {
    const verifier = await enrolled(['ada', 10]);
    const nothing = JSON.parse('null');
    for (const call of [
      () => verifier.verify('ada', voice(20), nothing),
      () => verifier.identify(voice(20), nothing),
      () => verifier.enroll('ben', voice(90), nothing),
      () => verifier.embedLengths(voice(20), nothing),
      () => verifier.record(nothing),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 'verifier/invalid',
        message: expect.stringContaining('options are null'),
      });
    }
    expect((await verifier.list()).map(({ speaker }) => speaker)).toEqual(['ada']);
  });
});

describe('verify', () => {
  it('accepts the enrolled voice and rejects another, with score, llr and threshold', async () => {
    const verifier = await enrolled(['ada', 10]);
    const same = await verifier.verify('ada', voice(20));
    expect(same.accepted).toBe(true);
    expect(same.score).toBeCloseTo(Math.cos(Math.PI / 18), 5);
    expect(same.llr).toBeCloseTo(20 * same.score - 10, 5);
    expect(same.threshold).toBe(0.6);
    expect(same.falseAcceptRate).toBe(0.01);
    const other = await verifier.verify('ada', voice(90));
    expect(other.accepted).toBe(false);
    expect(other.score).toBeCloseTo(Math.cos((80 * Math.PI) / 180), 5);
  });

  it('decides at the laxest measured rate that is not above the wanted one', async () => {
    const verifier = await enrolled(['ada', 0]);
    const at = (falseAcceptRate: number) =>
      verifier.verify('ada', voice(60), { falseAcceptRate }).then((result) => result.threshold);
    expect(await at(0.05)).toBe(0.4);
    expect(await at(0.049)).toBe(0.6);
    await expect(at(0.001)).rejects.toMatchObject({ code: 'verifier/invalid' });
    await expect(at(0)).rejects.toMatchObject({ code: 'verifier/invalid' });
    await expect(at(Number.NaN)).rejects.toMatchObject({ code: 'verifier/invalid' });
  });

  it('needs an explicit threshold where the model carries none', async () => {
    const { verifier } = await open({ ...manifest, thresholds: [], calibration: [] });
    await verifier.enroll('ada', voice(0));
    await expect(verifier.verify('ada', voice(0))).rejects.toMatchObject({
      code: 'model/unsupported',
    });
    const result = await verifier.verify('ada', voice(0), { threshold: 0.5 });
    expect(result).toMatchObject({ accepted: true, llr: undefined, falseAcceptRate: undefined });
  });

  it('names who is not enrolled', async () => {
    const verifier = await enrolled(['ada', 0]);
    await expect(verifier.verify('bob', voice(0))).rejects.toMatchObject({
      code: 'vault/unknown-speaker',
      message: expect.stringContaining('bob'),
    });
  });

  it('refuses to compare across models', async () => {
    const vault = openVault({ storage: 'memory' });
    const first = await open(manifest, vault);
    await first.verifier.enroll('ada', voice(0));
    const other: typeof manifest = {
      ...manifest,
      files: { model: { path: 'model.onnx', sha256: 'b'.repeat(64), bytes: 1 } },
    };
    const second = await open(other, vault);
    await expect(second.verifier.verify('ada', voice(0))).rejects.toMatchObject({
      code: 'model/mismatch',
    });
    await expect(second.verifier.enroll('ada', voice(0))).rejects.toMatchObject({
      code: 'model/mismatch',
    });
    expect(second.counts.embedded).toBe(0);
    expect((await second.verifier.list())[0]).toMatchObject({ speaker: 'ada', comparable: false });
    expect((await second.verifier.identify(voice(0))).candidates).toEqual([]);
    await second.verifier.enroll('ada', voice(0), { replace: true });
    expect((await second.verifier.verify('ada', voice(0))).accepted).toBe(true);
  });
});

describe('enroll', () => {
  it('averages utterances, adds to an enrollment, and replaces it when told to', async () => {
    const verifier = await enrolled(['ada', 0]);
    const second = await verifier.enroll('ada', [voice(20), voice(40)]);
    expect(second.utterances).toBe(3);
    expect(second.speechSeconds).toBeCloseTo(9, 5);
    expect(second.completeness).toBe(1);
    // The mean cosine with 0, 20 and 40 degrees, not the cosine with their mean (which would be 1).
    expect((await verifier.verify('ada', voice(20))).score).toBeCloseTo(
      (1 + 2 * Math.cos(Math.PI / 9)) / 3,
      5,
    );
    const third = await verifier.enroll('ada', voice(0), { replace: true });
    expect(third.utterances).toBe(1);
    expect(third.completeness).toBeCloseTo(0.5, 5);
  });

  it('reports progress from 0 to 1', async () => {
    const { verifier } = await open();
    const seen: number[] = [];
    await verifier.enroll('ada', [voice(0), voice(10)], { onProgress: (done) => seen.push(done) });
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(1);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });

  it('names the utterance that is silent, too short or of another voice, and stores nothing', async () => {
    const { verifier } = await open();
    await expect(verifier.enroll('ada', [voice(5), silence])).rejects.toMatchObject({
      code: 'audio/silent',
      message: expect.stringContaining('utterance 2 of 2'),
    });
    await expect(verifier.enroll('ada', voice(5, 0.5))).rejects.toMatchObject({
      code: 'audio/too-short',
    });
    await expect(
      verifier.enroll('ada', [voice(5), voice(120), voice(6), voice(7)]),
    ).rejects.toMatchObject({
      code: 'audio/inconsistent',
      message: expect.stringContaining('utterance 2 of 4'),
    });
    await expect(verifier.enroll('ada', [])).rejects.toMatchObject({ code: 'verifier/invalid' });
    expect(await verifier.list()).toEqual([]);
  });

  it('keeps what is stored when a later utterance is of another voice', async () => {
    const verifier = await enrolled(['ada', 0]);
    await expect(verifier.enroll('ada', voice(120))).rejects.toMatchObject({
      code: 'audio/inconsistent',
    });
    expect((await verifier.list())[0]?.utterances).toBe(1);
  });

  it('keeps somebody else out at the threshold that decides, unless told otherwise', async () => {
    const verifier = await enrolled(['ada', 0]);
    // 54 degrees: a cosine of 0.588, where 0.6 is needed.
    expect((await verifier.verify('ada', voice(54))).accepted).toBe(false);
    await expect(verifier.enroll('ada', voice(54))).rejects.toMatchObject({
      code: 'audio/inconsistent',
      message: expect.stringContaining('allowDifferent: true'),
    });
    const forced = await verifier.enroll('ada', voice(54), { allowDifferent: true });
    expect(forced.utterances).toBe(2);
  });

  it('does not count the same recording twice', async () => {
    const verifier = await enrolled(['ada', 0]);
    const again = await verifier.enroll('ada', [voice(0), voice(10), voice(10)]);
    expect(again).toMatchObject({ utterances: 2, repeated: 2 });
  });

  it('cuts one long utterance into pieces', async () => {
    const { verifier } = await open();
    const enrollment = await verifier.enroll('ada', voice(5, 17));
    expect(enrollment.utterances).toBe(3);
    expect(enrollment.speechSeconds).toBeCloseTo(17, 3);
    expect(enrollment.consistency).toBeCloseTo(1, 5);
    expect(enrollment.repeated).toBe(0);
    expect(enrollment.timings.encoder).toBe(9);
  });

  it('keeps both of two enrollments that are made at once', async () => {
    const { verifier } = await open();
    await Promise.all([verifier.enroll('ada', voice(0)), verifier.enroll('ada', voice(10))]);
    expect((await verifier.list())[0]?.utterances).toBe(2);
  });

  it('does not bring back whom somebody removed in the meantime', async () => {
    const verifier = await enrolled(['ada', 0]);
    let removal: Promise<boolean> | undefined;
    const enrollment = await verifier.enroll('ada', [voice(0), voice(5)], {
      onProgress: () => {
        removal ??= verifier.remove('ada');
      },
    });
    expect(await removal).toBe(true);
    expect(enrollment.utterances).toBe(2);
    expect((await verifier.list())[0]?.utterances).toBe(2);
  });

  it('checks the name before any work, and answers with the name as it is stored', async () => {
    const { counts, verifier } = await open();
    for (const name of ['', '   ', 'x'.repeat(201), '\u200b', 'a\ud800']) {
      await expect(verifier.enroll(name, voice(0), { replace: true })).rejects.toMatchObject({
        code: 'verifier/invalid',
      });
    }
    expect(counts.embedded).toBe(0);
    for (const name of ['👩‍🔬', 'مريم', 'x', 'é'.repeat(200), '<b>ada</b>', '__proto__']) {
      expect((await verifier.enroll(` ${name} `, voice(0))).speaker).toBe(name);
      expect((await verifier.verify(name, voice(0))).speaker).toBe(name);
    }
    expect(await verifier.list()).toHaveLength(6);
  });

  it('blames the newcomer where two utterances disagree', async () => {
    const { verifier } = await open();
    await expect(verifier.enroll('ada', [voice(5), voice(120)])).rejects.toMatchObject({
      message: expect.stringContaining('utterance 2 of 2'),
    });
    await verifier.enroll('ada', voice(5));
    await expect(verifier.enroll('ada', voice(120))).rejects.toMatchObject({
      message: expect.stringContaining('the recording'),
    });
  });

  it('cuts no pieces that are shorter than the model needs', async () => {
    const { verifier } = await open({ ...manifest, minimumSeconds: 8, recommendedSeconds: 16 });
    expect((await verifier.enroll('ada', voice(5, 17))).utterances).toBe(2);
  });

  it('stops when it is aborted, and stores nothing', async () => {
    const { verifier } = await open();
    const stop = new AbortController();
    const enrollment = verifier.enroll('ada', [voice(0), voice(1)], {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(enrollment).rejects.toMatchObject({ code: 'aborted' });
    expect(await verifier.list()).toEqual([]);
  });
});

describe('the false-accept rate of a verifier', () => {
  it('is refused at once where the model does not support it, and everything is closed', async () => {
    let closed = 0;
    const engine = fakeEngine({
      models: [modelOf(manifest)],
      [asyncDispose]: async () => {
        closed++;
      },
    });
    const vault = await openVault({ storage: 'memory' });
    const parts = {
      engine,
      vault,
      decode: async (input: unknown) => (input as PcmAudio).samples,
      openMicrophone: () => Promise.reject(new Error('not in this test')),
    };
    expect(() => assembleVerifier({ ...parts, falseAcceptRate: 0.001 })).toThrow(
      expect.objectContaining({
        code: 'verifier/invalid',
        message: expect.stringContaining('measured at 0.05, 0.01'),
      }),
    );
    expect(closed).toBe(1);
  });
});

describe('identify', () => {
  it('ranks who is enrolled, and names nobody below the threshold', async () => {
    const verifier = await enrolled(['ada', 0], ['bob', 90], ['eve', 45]);
    const close = await verifier.identify(voice(80));
    expect(close.speaker).toBe('bob');
    expect(close.candidates.map((candidate) => candidate.speaker)).toEqual(['bob', 'eve', 'ada']);
    const far = await verifier.identify(voice(195));
    expect(far.speaker).toBeUndefined();
    expect(far.nobody).toBeGreaterThan(0.99);
    expect((await verifier.identify(voice(80), { limit: 1 })).candidates).toHaveLength(1);
    const probable = close.candidates.reduce((sum, { posterior = 0 }) => sum + posterior, 0);
    expect(probable + (close.nobody ?? 0)).toBeCloseTo(1, 9);
    expect(close.candidates[0]?.posterior).toBeGreaterThan(0.5);
  });

  it('shows the scores and the threshold of verify', async () => {
    const verifier = await enrolled(['ada', 0], ['bob', 90]);
    const { candidates, threshold } = await verifier.identify(voice(30));
    const verified = await verifier.verify('ada', voice(30));
    expect(candidates[0]?.score).toBe(verified.score);
    expect(threshold).toBe(verified.threshold);
  });

  it('asks for more evidence the more people are enrolled', async () => {
    const verifier = await enrolled(['ada', 0]);
    // 51 degrees: 0.629, above the threshold for one.
    expect((await verifier.identify(voice(51))).speaker).toBe('ada');
    for (let other = 0; other < 9; other++) await verifier.enroll(`other ${other}`, voice(190));
    expect((await verifier.identify(voice(51))).speaker).toBeUndefined();
    expect((await verifier.identify(voice(20))).speaker).toBe('ada');
  });
});

describe('people', () => {
  it('exports, removes and imports', async () => {
    const verifier = await enrolled(['ada', 0], ['bob', 90]);
    const file = await verifier.export('correct horse battery', ['ada']);
    await verifier.removeAll();
    expect(await verifier.list()).toEqual([]);
    expect(await verifier.remove('ada')).toBe(false);
    expect(await verifier.import(file, 'correct horse battery')).toEqual(['ada']);
    expect((await verifier.verify('ada', voice(0))).accepted).toBe(true);
    expect(await verifier.remove('ada')).toBe(true);
  });
});

describe('dispose', () => {
  it('stores nothing for an enrollment that is under way', async () => {
    const stored: string[] = [];
    const vault = await openVault({ storage: 'memory' });
    const put = vault.put.bind(vault);
    vault.put = (voiceprint) => {
      stored.push(voiceprint.speaker);
      return put(voiceprint);
    };
    const { verifier } = await open(manifest, Promise.resolve(vault));
    const enrollment = verifier.enroll('ada', [voice(0), voice(1)], {
      onProgress: () => void verifier.dispose(),
    });
    await expect(enrollment).rejects.toMatchObject({
      code: expect.stringMatching(/^(disposed|vault\/unavailable)$/),
    });
    expect(stored).toEqual([]);
  });

  it('ends though a stream waits for an engine that never answers', async () => {
    const vault = await openVault({ storage: 'memory' });
    const closed = vi.fn(async () => undefined);
    const verifier = assembleVerifier({
      engine: fakeEngine({ listen: () => new Promise(() => undefined), [asyncDispose]: closed }),
      vault,
      decode: async (input) => (input as PcmAudio).samples,
      openMicrophone: () => Promise.reject(new Error('not in this test')),
      falseAcceptRate: 0.01,
    });
    await verifier.enroll('ada', voice(10));
    vi.useFakeTimers();
    verifier.stream('ada', { source: 'pushed' });
    const disposal = verifier[asyncDispose]();
    await vi.advanceTimersByTimeAsync(DISPOSAL_LIMIT);
    await disposal;
    vi.useRealTimers();
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it('is idempotent, and later calls say so', async () => {
    const verifier = await enrolled(['ada', 0]);
    await Promise.all([verifier.dispose(), verifier.dispose()]);
    await expect(verifier.verify('ada', voice(0))).rejects.toMatchObject({
      code: 'disposed',
    });
    await expect(verifier.list()).rejects.toMatchObject({ code: 'disposed' });
  });
});
