import type { Voiceprint } from './types.js';

/** A voiceprint for tests; its numbers follow from the name's length. */
export function testVoiceprint(speaker: string, overrides: Partial<Voiceprint> = {}): Voiceprint {
  const values = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i + speaker.length));
  return {
    speaker,
    modelName: 'default',
    modelSha256: 'ab'.repeat(32),
    embedding: values,
    utterances: [
      { embedding: values.map((value) => value * 2), speechSeconds: 2.5 },
      { embedding: values.map((value) => value * 3), speechSeconds: 3.5 },
    ],
    speechSeconds: 6,
    createdAt: '2026-11-21T11:00:00.000Z',
    updatedAt: '2026-11-21T11:30:00.000Z',
    ...overrides,
  };
}
