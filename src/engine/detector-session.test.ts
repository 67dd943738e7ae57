import { describe, expect, it, vi } from 'vitest';
import { SILERO } from '../audio/speech/silero.js';
import { createSpeechDetector } from '../audio/speech/speech-detector.js';
import { VoiceprintError } from '../errors.js';
import { loadSpeechDetector } from '../models/download.js';
import { openRuntime } from '../runtime/index.js';
import type { Runtime } from '../runtime/types.js';
import { openDetectorSession } from './detector-session.js';

/** A runtime whose sessions fail from their `runs`th run on, as those of a lost device do. */
async function losing(runs: number, name: 'webgpu' | 'wasm') {
  const runtime = await openRuntime({ backend: 'wasm' });
  const openSession = vi.fn<Runtime['openSession']>(async (model, on) => {
    const session = await runtime.openSession(model, on);
    let count = 0;
    return {
      ...session,
      async run(inputs) {
        if (++count > runs) throw new VoiceprintError('backend/failed', 'the device was lost');
        return session.run(inputs);
      },
    };
  });
  return {
    runtime: { ...runtime, backend: { ...runtime.backend, name }, openSession },
    dispose: () => runtime.dispose(),
  };
}

describe('the session of the speech detector', () => {
  it('goes on elsewhere where the build was lost with its device, in the middle of a clip', async () => {
    const silero = await loadSpeechDetector(SILERO);
    const noise = Float32Array.from({ length: 32_000 }, (_, i) => Math.sin(i * i * 1e-5) / 3);
    const [whole, lost] = await Promise.all([losing(1e9, 'wasm'), losing(1, 'webgpu')]);
    const frames: number[][] = [];
    for (const { runtime, dispose } of [whole, lost]) {
      const session = await openDetectorSession(silero, runtime);
      const detector = createSpeechDetector(session);
      const [clip, other] = await Promise.all([detector.detect(noise), detector.detect(noise)]);
      expect(clip).toEqual(other);
      frames.push(clip.flatMap(({ start, end }) => [start, end]));
      expect(runtime.openSession).toHaveBeenCalledTimes(1);
      await session.dispose();
      await dispose();
    }
    expect(frames[1]).toEqual(frames[0]);
  }, 60_000);

  it('fails where there is nowhere else to go', async () => {
    const silero = await loadSpeechDetector(SILERO);
    const { runtime, dispose } = await losing(0, 'wasm');
    const session = await openDetectorSession(silero, runtime);
    await expect(
      createSpeechDetector(session).detect(new Float32Array(16_000)),
    ).rejects.toMatchObject({ code: 'backend/failed' });
    await session.dispose();
    await dispose();
  }, 60_000);
});
