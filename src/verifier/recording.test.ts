import { describe, expect, it } from 'vitest';
import type { OpenMicrophone } from '../audio/microphone/open-microphone.js';
import { WASM } from '../engine/fake-voices.fixture.js';
import type { HeardStep, Listening } from '../engine/live/types.js';
import { VoiceprintError } from '../errors.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { record } from './recording.js';
import type { RecordOptions } from './types.js';

const RATE = 16_000;
const CHUNK = 512;
const settings = {
  label: 'a test',
  sampleRate: RATE,
  echoCancellation: false,
  noiseSuppression: undefined,
  autoGainControl: undefined,
};
const lost = new VoiceprintError('audio/microphone-lost', 'unplugged');
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** What the engine says of samples that are speech. */
const step = (samples: Float32Array, speechSeconds: number): HeardStep => ({
  samples,
  speaking: true,
  silentSeconds: 0,
  speechSeconds,
  turn: 0,
  turnSeconds: speechSeconds,
  embedding: undefined,
  milliseconds: 1,
  backend: WASM,
});

/** An engine that takes every sample for speech, and a microphone that the test speaks into. */
async function start(options: RecordOptions = {}, stream: Partial<Listening> = {}) {
  let heard = 0;
  const log: string[] = [];
  const speech: Listening = {
    push: async (samples, length) => {
      heard += length;
      return step(samples, heard / RATE);
    },
    endTurn: async () => undefined,
    reset: async () => undefined,
    [asyncDispose]: async () => void log.push('stream closed'),
    ...stream,
  };
  const engine = { listen: async () => speech };
  let microphone: Parameters<OpenMicrophone>[0] | undefined;
  const openMicrophone: OpenMicrophone = async (opened) => {
    log.push('microphone opened');
    microphone = opened;
    return { settings, close: () => void log.push('microphone closed') };
  };
  const session = await record(engine, openMicrophone, options);
  return {
    session,
    log,
    speak: (length = CHUNK, value = 0.5) =>
      microphone?.onSamples(new Float32Array(length).fill(value)),
    unplug: () => microphone?.onLost(lost),
  };
}

describe('record', () => {
  it('keeps everything that was said, a short last chunk too, and closes what it opened', async () => {
    const { session, speak, log } = await start();
    speak(CHUNK, 0.1);
    speak(CHUNK, 0.2);
    speak(7, 0.3);
    const { samples, sampleRate, microphone } = await session.stop();
    expect(samples).toHaveLength(2 * CHUNK + 7);
    expect(samples[2 * CHUNK + 6]).toBeCloseTo(0.3);
    expect({ sampleRate, microphone }).toEqual({ sampleRate: RATE, microphone: settings });
    expect(log).toEqual(['microphone opened', 'microphone closed', 'stream closed']);
    expect(await session.finished).toBe(await session.stop());
  });

  it('gives an empty recording when it is stopped before any chunk', async () => {
    const { session } = await start();
    expect((await session.stop()).samples).toHaveLength(0);
  });

  it('stops by itself after enough speech, or after the longest time', async () => {
    const enough = await start({ speechSeconds: 0.1 });
    for (let i = 0; i < 4; i++) enough.speak();
    expect((await enough.session.finished).samples.length).toBeGreaterThanOrEqual(0.1 * RATE);
    const longest = await start({ maximumSeconds: 0.1 });
    for (let i = 0; i < 4; i++) longest.speak();
    expect((await longest.session.finished).samples.length).toBeGreaterThanOrEqual(0.1 * RATE);
  });

  it('keeps what was said before the microphone was lost, though detection lags behind', async () => {
    const { session, speak, unplug } = await start();
    speak();
    unplug();
    expect((await session.finished).samples).toHaveLength(CHUNK);
  });

  it('fails when the microphone is lost before any speech', async () => {
    const { session, speak, unplug, log } = await start(
      {},
      {
        push: async (samples) => ({ ...step(samples, 0), speaking: false }),
      },
    );
    speak();
    unplug();
    await expect(session.finished).rejects.toBe(lost);
    expect(log).toContain('microphone closed');
  });

  it('throws the audio away when it is cancelled or aborted', async () => {
    const cancelled = await start();
    cancelled.speak();
    cancelled.session.cancel();
    await expect(cancelled.session.finished).rejects.toMatchObject({ code: 'aborted' });
    const stop = new AbortController();
    const aborted = await start({ signal: stop.signal });
    stop.abort();
    await expect(aborted.session.stop()).rejects.toMatchObject({ code: 'aborted' });
    expect(aborted.log).toContain('microphone closed');
  });

  it('does not ask for the microphone when it is aborted already or a length is impossible', async () => {
    await expect(start({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    for (const seconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const option of ['maximumSeconds', 'speechSeconds']) {
        await expect(start({ [option]: seconds })).rejects.toMatchObject({
          code: 'verifier/invalid',
          message: expect.stringContaining(option),
        });
      }
    }
  });

  it('ends with a typed error when detection or the listener fails', async () => {
    const broken = await start({}, { push: () => Promise.reject(new Error('worker gone')) });
    broken.speak();
    await expect(broken.session.finished).rejects.toMatchObject({ code: 'backend/failed' });
    const listener = await start({
      onProgress: () => {
        throw new Error('a bug of the page');
      },
    });
    listener.speak();
    await expect(listener.session.finished).rejects.toMatchObject({ code: 'backend/failed' });
    expect(listener.log).toContain('microphone closed');
  });

  it('hears nothing more once it has ended', async () => {
    let pushed = 0;
    const { session, speak } = await start(
      {},
      {
        push: async (samples) => {
          pushed++;
          return step(samples, 1);
        },
      },
    );
    speak();
    await turn();
    await session.stop();
    speak();
    await turn();
    expect(pushed).toBe(1);
  });
});
