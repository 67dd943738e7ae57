import type { Voiceprint } from './types.js';

/** Hash of the model of {@link testVoiceprint}. */
export const TEST_MODEL = 'ab'.repeat(32);

/** A voiceprint for tests; its numbers follow from the name's length. */
export function testVoiceprint(speaker: string, overrides: Partial<Voiceprint> = {}): Voiceprint {
  const values = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i + speaker.length));
  return {
    speaker,
    models: [{ name: 'default', sha256: TEST_MODEL }],
    utterances: [
      { seconds: 2.5, embeddings: new Map([[TEST_MODEL, values.map((value) => value * 2)]]) },
      { seconds: 3.5, embeddings: new Map([[TEST_MODEL, values.map((value) => value * 3)]]) },
    ],
    createdAt: '2026-11-21T11:00:00.000Z',
    updatedAt: '2026-11-21T11:30:00.000Z',
    ...overrides,
  };
}
