// @module-tag slow
import { describe, expect, it } from 'vitest';
import { openSpeechEngine } from './engine-speech.js';

describe('openSpeechEngine', () => {
  it('detects speech without an encoder, and is closed once', async () => {
    const speech = await openSpeechEngine();
    expect(speech.backend).toMatchObject({ name: 'wasm' });
    const { quality } = await speech.analyse(new Float32Array(32_000));
    expect(quality).toMatchObject({ usable: false, speechSeconds: 0, seconds: 2 });
    const stream = await speech.openSpeechStream();
    expect((await stream.push(new Float32Array(4000))).speaking).toBe(false);
    await stream.close();
    await speech.dispose();
    await speech.dispose();
    await expect(speech.analyse(new Float32Array(1))).rejects.toMatchObject({
      code: 'backend/disposed',
    });
  });
});
