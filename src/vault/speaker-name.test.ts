import { describe, expect, it } from 'vitest';
import { normalizeSpeaker } from './speaker-name.js';

describe('normalizeSpeaker', () => {
  it('makes two spellings of one name equal and strips outer white space', () => {
    expect(normalizeSpeaker(' Jose\u0301\u00a0\n')).toBe('Jos\u00e9');
  });

  it.each([
    '\u5f20\u4f1f',
    '\u0623\u062d\u0645\u062f',
    '👩🏽‍🎤',
    '__proto__',
    'constructor',
    'a\u0000b',
  ])('takes %j', (name) => {
    expect(normalizeSpeaker(name)).toBe(name);
  });

  it('counts characters, not UTF-16 units', () => {
    expect(normalizeSpeaker('😀'.repeat(200))).toHaveLength(400);
    expect(() => normalizeSpeaker('😀'.repeat(201))).toThrow(
      /has 201 characters; give at most 200/,
    );
  });

  it.each(['', '   ', '\u200b\u200d', '\n\t', '\u2028'])('refuses %j: nothing visible', (name) => {
    expect(() => normalizeSpeaker(name)).toThrow(/nothing visible/);
  });

  it('refuses half a surrogate pair, which would collide with others', () => {
    expect(() => normalizeSpeaker('a\ud800')).toThrow(/broken Unicode/);
    expect(() => normalizeSpeaker('\udc00')).toThrow(
      expect.objectContaining({ code: 'verifier/invalid' }),
    );
  });
});
