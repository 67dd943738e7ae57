import { describe, expect, it, vi } from 'vitest';
import type { OpenMicrophone } from '../audio/microphone/open-microphone.js';
import type { PcmAudio } from '../audio/types.js';
import { fakeEngine, RATE, silence, voice } from '../engine/fake-voices.fixture.js';
import type { HeardStep, Listening } from '../engine/live/types.js';
import type { Engine } from '../engine/types.js';
import { VoiceprintError } from '../errors.js';
import { openVault } from '../vault/index.js';
import type { Verifier } from '../verifier/types.js';
import { assembleVerifier } from '../verifier/verifier.js';
import type { StreamEvent, StreamOptions } from './types.js';

const noMicrophone: OpenMicrophone = () => Promise.reject(new Error('not in this test'));
const ADA = 10;
const BEN = 150;

async function open(engine: Engine = fakeEngine(), openMicrophone = noMicrophone) {
  const verifier = assembleVerifier({
    engine,
    vault: await openVault({ storage: 'memory' }),
    decode: async (input) => (input as PcmAudio).samples,
    openMicrophone,
    falseAcceptRate: 0.01,
  });
  await verifier.enroll('ada', { samples: voice(ADA, 3), sampleRate: RATE });
  await verifier.enroll('ben', { samples: voice(BEN, 3), sampleRate: RATE });
  return verifier;
}

/** A stream of pushed audio, with what it told in short. */
function listen(
  verifier: Verifier,
  speakers?: string | readonly string[],
  options: StreamOptions = {},
) {
  const events: StreamEvent[] = [];
  const stream = verifier.stream(speakers, {
    source: 'pushed',
    maximumLagSeconds: 60,
    ...options,
    onEvent: (event) => events.push(event),
  });
  const told = () => events.filter(({ type }) => type !== 'score').map(inShort);
  return { stream, events, told };
}

function inShort(event: StreamEvent): string {
  switch (event.type) {
    case 'accept':
      return `accept ${event.speaker}`;
    case 'speaker-change':
      return `${event.from ?? 'stranger'} > ${event.to ?? 'stranger'}`;
    case 'degraded':
      return event.reason;
    case 'error':
      return event.error.code;
    default:
      return event.type;
  }
}

describe('Verifier.stream', () => {
  it('accepts, sees a change of speaker and a stranger, and tells of silence once', async () => {
    const { stream, events, told } = listen(await open());
    await stream.ready;
    expect([stream.mode, stream.state]).toEqual(['window', 'running']);
    for (const part of [voice(ADA, 4), silence(1), voice(BEN, 4), silence(1), voice(80, 4)]) {
      await stream.push(part);
    }
    await stream.push(silence(8));
    const summary = await stream.stop();
    expect(told()).toEqual([
      'accept ada',
      'ada > ben',
      'accept ben',
      'ben > stranger',
      'reject',
      'no-speech',
    ]);
    expect(summary).toMatchObject({ seconds: 22, speechSeconds: 12, droppedSeconds: 0 });
    expect(summary.firstDecisionSeconds).toBeLessThanOrEqual(1.75);
    expect(summary.turns.map(({ speaker, decision }) => speaker ?? decision)).toEqual([
      'unknown',
      'ada',
      'unknown',
      'ben',
      'unknown',
      'rejected',
    ]);
    const scores = events.filter((event) => event.type === 'score');
    expect(scores[0]).toMatchObject({ decision: 'unknown', threshold: 0.6, falseAcceptRate: 0.01 });
    expect(scores[0]?.llr).toBeCloseTo(10, 3);
    expect(scores.at(-1)?.candidates.map(({ speaker }) => speaker)).toHaveLength(2);
    // Four scores a second of speech, less what comes before the first of each turn.
    expect(scores.length).toBeGreaterThan(36);
    expect(scores.length).toBeLessThanOrEqual(48);
    expect(stream.state).toBe('ended');
  });

  it.each([0, 0.3])(
    'sees another speaker before the window is full of them, after a pause of %d s',
    async (pause) => {
      const { stream, events } = listen(await open());
      for (const part of [voice(ADA, 6), silence(pause), voice(BEN, 4), silence(pause)]) {
        await stream.push(part);
      }
      await stream.push(voice(80, 4));
      await stream.stop();
      const changed = events.filter((event) => event.type === 'speaker-change');
      expect(changed.map(({ to }) => to)).toEqual(['ben', undefined]);
      // Angles mix more slowly than voices do: see stream.test.ts for real ones.
      expect(changed[0]?.atSeconds).toBeLessThan(6 + pause + 2.5);
      expect(changed[1]?.atSeconds).toBeLessThan(10 + 2 * pause + 2.5);
    },
  );

  it('listens for one, several or all', async () => {
    const verifier = await open();
    const accepted = async (speakers?: string | readonly string[]) => {
      const { stream, told } = listen(verifier, speakers);
      await stream.push(voice(BEN, 3));
      await stream.stop();
      return told();
    };
    expect(await accepted('ada')).toEqual(['reject']);
    expect(await accepted(['ben', 'ben'])).toEqual(['accept ben']);
    expect(await accepted()).toEqual(['accept ben']);
  });

  it('takes audio of any rate in pieces of any size, and another rate in between', async () => {
    const { stream, told } = listen(await open(), 'ada');
    const audio = voice(ADA, 4, 48_000);
    for (let at = 0; at < audio.length; at += 4410) {
      await stream.push(audio.subarray(at, at + 4410), 48_000);
    }
    await stream.push(voice(ADA, 1, 44_100), 44_100);
    const { seconds } = await stream.stop();
    expect(told()).toEqual(['accept ada', 'sample-rate-changed']);
    expect(seconds).toBeCloseTo(5, 1);
  });

  it.each<[string, StreamOptions, string]>([
    ['a mode', { mode: 'fast' as 'window' }, 'mode is "fast"'],
    ['a source', { source: 'file' as 'pushed' }, 'source is "file"'],
    ['scores', { scoresPerSecond: 0 }, 'scoresPerSecond is 0'],
    ['a window', { windowSeconds: Number.NaN }, 'windowSeconds is NaN'],
    ['a minimum', { minimumSeconds: 5 }, 'minimumSeconds is 5, more than windowSeconds'],
    ['a hysteresis', { hysteresis: -1 }, 'hysteresis is -1'],
    ['a threshold', { threshold: Number.NaN }, 'threshold is NaN'],
    ['a rate', { falseAcceptRate: 0 }, 'falseAcceptRate is 0'],
  ])('refuses %s that cannot be', async (_what, options, message) => {
    const verifier = await open();
    expect(() => verifier.stream('ada', options)).toThrow(message);
  });

  it('refuses names that are none, and says who is not enrolled', async () => {
    const verifier = await open();
    expect(() => verifier.stream([])).toThrow('speakers are an empty list');
    expect(() => verifier.stream('')).toThrow(VoiceprintError);
    const { stream, told } = listen(verifier, ['ada', 'eve']);
    await expect(stream.ready).rejects.toMatchObject({
      code: 'vault/unknown-speaker',
      message: expect.stringContaining('"eve"'),
    });
    expect((await stream.finished).seconds).toBe(0);
    expect([told(), stream.state]).toEqual([['vault/unknown-speaker'], 'ended']);
    await verifier.removeAll();
    await expect(listen(verifier).stream.ready).rejects.toMatchObject({
      code: 'vault/unknown-speaker',
    });
  });

  it('refuses samples that are no audio, and goes on', async () => {
    const { stream, told } = listen(await open(), 'ada');
    const broken = voice(ADA, 1);
    broken[5] = Number.NaN;
    const invalid = { code: 'audio/invalid' };
    await expect(stream.push(broken)).rejects.toMatchObject(invalid);
    await expect(stream.push(voice(ADA, 1), 1)).rejects.toMatchObject(invalid);
    await expect(stream.push([0] as never)).rejects.toMatchObject(invalid);
    await stream.push(new Float32Array(0));
    await stream.push(voice(ADA, 3));
    expect((await stream.stop()).speechSeconds).toBe(3);
    expect(told()).toEqual(['accept ada']);
    await expect(stream.push(voice(ADA, 1))).rejects.toMatchObject({ code: 'disposed' });
  });

  it('outlives callbacks that throw, and reports what they threw', async () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const verifier = await open();
    let audio = 0;
    const stream = verifier.stream('ada', {
      source: 'pushed',
      onEvent: () => {
        throw new Error('event');
      },
      onAccept: async () => {
        throw new Error('accept');
      },
      onAudio: (samples) => {
        audio += samples.length;
        throw new Error('audio');
      },
    });
    await stream.push(voice(ADA, 3));
    const { speechSeconds } = await stream.stop();
    vi.unstubAllGlobals();
    expect([speechSeconds, audio]).toEqual([3, 3 * RATE]);
    expect(new Set(reported.map(String))).toEqual(
      new Set(['Error: event', 'Error: accept', 'Error: audio']),
    );
  });

  it('pauses, resumes, and forgets', async () => {
    const { stream, told } = listen(await open());
    await stream.push(voice(ADA, 3));
    await stream.pause();
    expect(stream.state).toBe('paused');
    await stream.push(voice(BEN, 3));
    await stream.resume();
    await stream.push(voice(ADA, 1));
    await stream.pause();
    expect(stream.current).toMatchObject({ decision: 'unknown' });
    expect(stream.current?.speechSeconds).toBeGreaterThan(3.5);
    await stream.resume();
    await stream.push(voice(ADA, 2));
    await stream.reset();
    expect(stream.current).toBeUndefined();
    await stream.push(voice(BEN, 3));
    expect(await stream.stop()).toMatchObject({ seconds: 3, speechSeconds: 3 });
    expect(told()).toEqual(['accept ada', 'accept ada', 'accept ben']);
    await expect(stream.pause()).rejects.toMatchObject({ code: 'disposed' });
    expect(await stream.stop()).toEqual(await stream.finished);
  });

  it('ends with its signal, and with the verifier', async () => {
    const verifier = await open();
    const abort = new AbortController();
    const first = listen(verifier, 'ada', { signal: abort.signal });
    await first.stream.push(voice(ADA, 3));
    abort.abort();
    expect((await first.stream.finished).speechSeconds).toBeGreaterThan(2);
    expect(first.told()).toEqual(['accept ada']);
    const late = listen(verifier, 'ada', { signal: abort.signal });
    await expect(late.stream.ready).rejects.toMatchObject({ code: 'aborted' });
    const second = listen(verifier);
    await second.stream.ready;
    await verifier.dispose();
    expect([second.stream.state, second.told()]).toEqual(['ended', []]);
    expect(() => verifier.stream('ada')).toThrow('disposed');
  });

  it('serves verify and other streams at the same time', async () => {
    const verifier = await open();
    const first = listen(verifier);
    const second = listen(verifier, 'ben');
    const [verification] = await Promise.all([
      verifier.verify('ada', { samples: voice(ADA, 3), sampleRate: RATE }),
      first.stream.push(voice(ADA, 3)),
      second.stream.push(voice(ADA, 3)),
    ]);
    expect(verification.accepted).toBe(true);
    await Promise.all([first.stream.stop(), second.stream.stop()]);
    expect([first.told(), second.told()]).toEqual([['accept ada'], ['reject']]);
  });
});

describe('failures of the engine', () => {
  /** An engine that fails at the `block`th block of what it listens to, `times` times. */
  function failing(
    block: number,
    { times = 1, listens = Number.POSITIVE_INFINITY }: { times?: number; listens?: number } = {},
  ): Engine {
    const good = fakeEngine();
    let failures = 0;
    let opened = 0;
    return fakeEngine({
      async listen(options): Promise<Listening> {
        if (++opened > listens) throw new VoiceprintError('backend/unavailable', 'no worker');
        const stream = await good.listen(options);
        let blocks = 0;
        return {
          ...stream,
          async push(samples, length): Promise<HeardStep> {
            if (++blocks !== block || failures >= times) return stream.push(samples, length);
            failures += 1;
            throw new VoiceprintError('backend/failed', 'the worker ended');
          },
        };
      },
    });
  }

  it('goes on in another worker, once, with what was decided', async () => {
    const { stream, told } = listen(await open(failing(20)));
    await stream.push(voice(ADA, 8));
    const { seconds, speechSeconds, droppedSeconds } = await stream.stop();
    expect(told()).toEqual(['accept ada', 'worker-restarted']);
    expect([seconds, droppedSeconds]).toEqual([8, 0.16]);
    expect(speechSeconds).toBeCloseTo(8 - 0.16, 5);
    expect(stream.current).toMatchObject({ decision: 'accepted', speaker: 'ada' });

    const again = listen(await open(failing(20, { times: 2 })));
    await again.stream.push(voice(ADA, 8));
    await again.stream.finished;
    expect(again.told()).toEqual(['accept ada', 'worker-restarted', 'backend/failed']);
  });

  it('ends with an error where nothing can be started again', async () => {
    const { stream, told } = listen(await open(failing(5, { listens: 1 })));
    await stream.push(voice(ADA, 4));
    await stream.finished;
    expect(told()).toEqual(['backend/unavailable']);
  });

  it('says that it moved off the graphics device', async () => {
    const engine = fakeEngine();
    let steps = 0;
    const gpu = { ...engine.backend, name: 'webgpu', entry: 'webgpu' } as const;
    const moving = fakeEngine({
      backend: gpu,
      async listen(options): Promise<Listening> {
        const stream = await engine.listen(options);
        return {
          ...stream,
          async push(samples, length) {
            const step = await stream.push(samples, length);
            return ++steps < 15 ? { ...step, backend: gpu } : step;
          },
        };
      },
    });
    const { stream, told } = listen(await open(moving));
    await stream.push(voice(ADA, 5));
    expect(await stream.stop()).toMatchObject({ droppedSeconds: 0 });
    expect(stream.backend.name).toBe('wasm');
    expect(told()).toEqual(['accept ada', 'moved-to-wasm']);
  });
});
