import { describe, expect, it } from 'vitest';
import { VoiceprintError } from '../errors.js';
import { parseManifest } from './manifest.js';

const threshold = (falseAcceptRate: number, score: number, falseRejectRate: number) => ({
  falseAcceptRate,
  score,
  list: 'dev',
  seconds: null,
  lists: [
    {
      list: 'dev',
      speakers: 25,
      lengths: [
        {
          seconds: null,
          targets: 1116,
          nontargets: 29760,
          falseAcceptRate: falseAcceptRate / 2,
          falseAcceptBound: falseAcceptRate,
          falseRejectRate,
        },
      ],
    },
  ],
});

const valid = () => ({
  format: 1,
  name: 'default',
  version: '0.1.0',
  architecture: 'ecapa-tdnn',
  upstream: { class: 'speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN', config: { input_size: 80 } },
  licence: 'Apache-2.0',
  precision: 'fp16',
  files: { model: { path: 'model.onnx', sha256: 'a'.repeat(64), bytes: 10 } },
  frontEnd: { recipe: 'speechbrain', parameters: { n_mels: 80, normalization: 'sentence-mean' } },
  sampleRate: 16000,
  input: { name: 'x', minimumFrames: 5 },
  output: { name: 'y' },
  embeddingSize: 2,
  minimumSeconds: 1,
  recommendedSeconds: 6,
  thresholds: [threshold(0.05, 0.4, 0.1), threshold(0.01, 0.6, 0.2)],
  calibration: [
    { maximumSeconds: 2, scale: 10, offset: -4 },
    { maximumSeconds: null, scale: 12, offset: -5 },
  ],
  selfCheck: { seed: 1, frames: 60, embedding: [0.5, -0.5], minimumCosine: 0.9999 },
  training: { data: ['VoxCeleb'], recipe: 'AAM-softmax' },
  figures: [
    { list: 'dev', seconds: null, eer: 0.05, interval: [0.04, 0.06], targets: 1, nontargets: 1 },
  ],
});

/** A valid manifest with the value at a dotted path replaced (or removed for `undefined`). */
function changed(path: string, value: unknown): unknown {
  const manifest: Record<string, unknown> = valid();
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let target = manifest;
  for (const key of keys) target = target[key] as Record<string, unknown>;
  if (value === undefined) delete target[last];
  else target[last] = value;
  return manifest;
}

function failure(json: unknown): VoiceprintError {
  try {
    parseManifest(json);
  } catch (error) {
    if (error instanceof VoiceprintError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}

describe('parseManifest', () => {
  it('returns a valid manifest as it is', () => {
    expect(parseManifest(valid())).toEqual(valid());
  });

  it('takes the empty lists of a model that was just converted', () => {
    const manifest = { ...valid(), thresholds: [], calibration: [], figures: [] };
    expect(parseManifest(manifest).thresholds).toEqual([]);
  });

  it.each([
    ['name', undefined],
    ['name', '../up'],
    ['precision', 'fp64'],
    ['upstream.config', []],
    ['files.model', undefined],
    ['files.model.sha256', 'abc'],
    ['files.model.path', '../model.onnx'],
    ['files.model.path', '/etc/passwd'],
    ['files.model.path', 'https://example.org/model.onnx'],
    ['files.model.path', 'a/../../b'],
    ['files.model.bytes', 0],
    ['files.extra', 'text'],
    ['frontEnd.recipe', 'librosa'],
    ['sampleRate', 16000.5],
    ['input.minimumFrames', '5'],
    ['embeddingSize', Number.NaN],
    ['minimumSeconds', -1],
    ['thresholds.0.falseAcceptRate', 1.5],
    ['thresholds.0.score', Number.POSITIVE_INFINITY],
    ['calibration.0.scale', 0],
    ['selfCheck.embedding.1', null],
    ['figures.0.interval', [0.1]],
  ])('names the field %s when it is %j', (path, value) => {
    const error = failure(changed(path, value));
    expect(error.code).toBe('model/malformed');
    expect(error.message).toContain(path.replace(/\.1$/, ''));
    expect(error.message).toMatch(/Mend the field/);
  });

  it.each([
    ['selfCheck.embedding', [1]],
    ['selfCheck.frames', 4],
    ['recommendedSeconds', 0.5],
    ['calibration.1.maximumSeconds', 2],
    ['thresholds.1.falseAcceptRate', 0.05],
    ['thresholds.1.score', 0.39],
    ['thresholds.0.list', 'another'],
    ['thresholds.0.seconds', 3],
    ['thresholds.1.lists.0.lengths.0.falseRejectRate', 0.09],
  ])('refuses %s when it contradicts another field', (path, value) => {
    expect(failure(changed(path, value)).message).toContain(path);
  });

  it('refuses a threshold that rests on few people, or that its own list does not bear out', () => {
    expect(failure(changed('thresholds.0.lists.0.speakers', 19)).message).toMatch(
      /"thresholds.0.list" is "dev, of 19 speakers", expected a list of at least 20 speakers/,
    );
    expect(
      failure(changed('thresholds.1.lists.0.lengths.0.falseAcceptBound', 0.02)).message,
    ).toMatch(/"thresholds.1.falseAcceptRate" is 0.01, expected at least the upper bound .* 0.02/);
  });

  describe('with a normalisation', () => {
    // Embeddings of 2 values, so 4 bytes a speaker.
    const normalized = (bytes: number | undefined, change: object = {}) => ({
      ...valid(),
      files: {
        ...valid().files,
        ...(bytes === undefined
          ? {}
          : { cohort: { path: 'cohort.f16', sha256: 'b'.repeat(64), bytes } }),
      },
      normalization: {
        kind: 'as-norm',
        top: 200,
        ...change,
      },
    });

    it('returns it as it is', () => {
      expect(parseManifest(normalized(400))).toEqual(normalized(400));
    });

    it.each([
      ['no cohort', normalized(undefined), /"files.cohort" is missing/],
      ['one speaker', normalized(4), /"files.cohort.bytes" is 4, expected 4 for each/],
      ['a part of a speaker', normalized(402), /"files.cohort.bytes" is 402/],
      ['another kind', normalized(400, { kind: 's-norm' }), /"normalization.kind"/],
      ['a top of 1', normalized(400, { top: 1 }), /"normalization.top" is 1/],
    ])('refuses %s', (_, json, message) => {
      expect(failure(json).message).toMatch(message);
    });
  });

  it('tells another format from a damaged manifest', () => {
    expect(failure(changed('format', 2)).code).toBe('model/unsupported');
    expect(failure(changed('format', 'x')).code).toBe('model/malformed');
  });

  it.each([null, undefined, 3, 'text', [], [1]])('refuses %j', (json) => {
    expect(failure(json).code).toBe('model/malformed');
  });
});
