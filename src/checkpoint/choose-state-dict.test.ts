import { describe, expect, it } from 'vitest';
import { VoiceprintError } from '../errors.js';
import type { NamedTensors } from '../tensor.js';
import {
  bytesOf,
  checkpointZip,
  dict,
  int,
  op,
  safetensors,
  tensor,
  text,
  tuple,
} from './checkpoint-files.fixture.js';
import { chooseStateDict, readCheckpoint } from './index.js';

const six = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));
const whole = { storage: '0', elements: 6, shape: [2, 3], strides: [3, 1] };
const KEYS = ['blocks.0.weight', 'blocks.0.bias', 'blocks.1.weight', 'fc.weight'];

/** The tensors of an encoder, under a prefix. */
const encoder = (prefix = '') =>
  Object.fromEntries(KEYS.map((key) => [prefix + key, tensor(whole)]));
const one = (...keys: readonly string[]) =>
  Object.fromEntries(keys.map((key) => [key, tensor(whole)]));

const recognize = (tensors: NamedTensors) =>
  tensors.has('blocks.0.weight') && tensors.has('fc.weight') ? 'encoder' : undefined;
const choose = (root: readonly number[], named?: string) =>
  chooseStateDict(readCheckpoint(checkpointZip(root, { 0: six })).contents, recognize, named);

const optimizer = dict({
  state: [...op.emptyDict, ...int(0), ...dict(one('exp_avg', 'exp_avg_sq')), 0x73],
  param_groups: [...op.emptyList, ...dict({ lr: int(1) }), 0x61],
});

describe('a state dict is found', () => {
  it.each([
    ['plain', dict(encoder()), '', { keys: [], prefix: '' }],
    ['under any prefix', dict(encoder('spk.net.')), 'spk.net', { keys: [], prefix: 'spk.net.' }],
    [
      'with foreign keys beside the prefix',
      dict({ ...encoder('student.'), ...one('criterion.centre', 'loss.weight', 'head.0.bias') }),
      'student',
      { keys: [], prefix: 'student.' },
    ],
    [
      'with the loss beside its own keys',
      dict({ ...encoder(), ...one('loss.weight', 'criterion.margin.weight') }),
      '',
      { keys: [], prefix: '' },
    ],
    [
      'under any key of a dict',
      dict({ best: dict(encoder()), optimizer, epoch: int(3) }),
      'best',
      { keys: ['best'], prefix: '' },
    ],
    [
      'under keys of dicts and prefixes',
      dict({ ckpt: dict({ weights: dict(encoder('module.model.')) }), optimizer }),
      'ckpt.weights.module.model',
      { keys: ['ckpt', 'weights'], prefix: 'module.model.' },
    ],
    [
      'of Lightning',
      dict({ state_dict: dict({ ...encoder('model.'), ...one('loss.weight') }), epoch: int(3) }),
      'state_dict.model',
      { keys: ['state_dict'], prefix: 'model.' },
    ],
    ['of DeepSpeed', dict({ module: dict(encoder()), optimizer: op.none }), 'module', undefined],
    ['in a tuple', tuple(dict(encoder()), optimizer), '0', { keys: ['0'], prefix: '' }],
  ])('%s', (_what, root, path, wrapping) => {
    const chosen = choose(root);
    expect(chosen).toMatchObject({ found: 'encoder', path });
    if (wrapping !== undefined) expect(chosen.wrapping).toEqual(wrapping);
    expect([...chosen.tensors.keys()]).toEqual(KEYS);
  });

  it.each([
    ['torch.compile', '_orig_mod.blocks.0.weight', '_orig_mod.blocks.1._orig_mod.weight'],
    ['FSDP', '_fsdp_wrapped_module.blocks.0._fsdp_wrapped_module.weight', 'blocks.1.weight'],
    ['checkpointing', 'blocks._checkpoint_wrapped_module.0.weight', 'blocks.1.weight'],
  ])('through the wrappers that %s puts around layers', (_what, first, second) => {
    const root = dict(one(first, second, 'module.blocks', 'blocks.0.bias', 'fc.weight'));
    const { tensors } = choose(root);
    expect([...tensors.keys()]).toContain('blocks.0.weight');
    expect([...tensors.keys()]).toContain('blocks.1.weight');
  });

  it('in safetensors too', () => {
    const header = Object.fromEntries(
      KEYS.map((key, i) => [
        `encoder.${key}`,
        { dtype: 'F32', shape: [1], data_offsets: [4 * i, 4 * i + 4] },
      ]),
    );
    const { contents } = readCheckpoint(safetensors(header, new Uint8Array(16)));
    expect(chooseStateDict(contents, recognize)).toMatchObject({ path: 'encoder' });
  });

  it('with the metadata beside it', () => {
    const inner = dict({ cfg: dict({ a: int(1) }), model: dict(encoder()) });
    expect(choose(dict({ epoch: int(3), saved: inner })).metadata).toEqual({
      epoch: 3,
      cfg: { a: 1 },
    });
  });

  it('once, where it stands under two keys', () => {
    const state = [...dict(encoder()), 0x71, 0];
    const root = [
      ...op.emptyDict,
      ...op.mark,
      ...text('model'),
      ...state,
      ...text('copy'),
      ...[0x68, 0],
      ...op.setItems,
    ];
    expect(choose(root).path).toBe('model');
  });
});

describe('several state dicts', () => {
  const root = dict({ model: dict(encoder()), ema: dict(encoder('module.')), optimizer });

  it('are listed, and one of them can be named as it is listed', () => {
    let message = '';
    try {
      choose(root);
    } catch (error) {
      if (!(error instanceof VoiceprintError)) throw error;
      expect(error.code).toBe('checkpoint/unsupported');
      message = error.message;
    }
    const paths = [...message.matchAll(/"((?:model|ema)[^"]*)"/g)].map(([, path]) => path ?? '');
    expect(paths).toEqual(['model', 'ema.module']);
    for (const path of paths) {
      expect(choose(root, path)).toMatchObject({ path, found: 'encoder' });
      expect([...choose(root, path).tensors.keys()]).toEqual(KEYS);
    }
  });

  it('are listed when another is named', () => {
    expect(() => choose(root, 'emma')).toThrow(/"emma".*"model"/);
  });
});

it('an unknown one is where scripts usually put it', () => {
  const chosen = choose(dict({ state_dict: dict(one('net.a.weight', 'net.b.weight')) }));
  expect(chosen).toMatchObject({ found: undefined, path: 'state_dict.net' });
  expect([...chosen.tensors.keys()]).toEqual(['a.weight', 'b.weight']);
});
