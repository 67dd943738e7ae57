import { expect, it, vi } from 'vitest';
import { VoiceprintError } from '../errors.js';
import type { StreamOptions, StreamSummary, VoiceStream } from '../stream/types.js';
import type { EnrolledSpeaker, Verifier } from '../verifier/types.js';
import { CheckSession } from './check-session.js';
import { openConsentStore } from './consent.js';
import { createLevelMeter } from './listening.js';

const ADA = { speaker: 'ada', speechSeconds: 9, comparable: true } as EnrolledSpeaker;
const SUMMARY: StreamSummary = {
  seconds: 4,
  speechSeconds: 3,
  droppedSeconds: 0,
  firstDecisionSeconds: 1.5,
  turns: [],
};

/** A session that listens for Ada on a stream that does what the test says. */
function listening(ready: Promise<void> = Promise.resolve()) {
  let options: StreamOptions = {};
  const stream = {
    ready,
    finished: new Promise<StreamSummary>(() => {}),
    pause: vi.fn(async () => {}),
    resume: vi.fn(async () => {}),
    stop: vi.fn(async () => SUMMARY),
  };
  const open = vi.fn((_speaker: string, given: StreamOptions) => {
    options = given;
    return stream as Partial<VoiceStream> as VoiceStream;
  });
  const verifier: Partial<Verifier> = {
    list: async () => [ADA],
    stream: open as Verifier['stream'],
    remove: async () => true,
  };
  const stopped = vi.fn();
  const session = new CheckSession({
    speaker: 'ada',
    mode: 'auto',
    falseAcceptRate: 0.01,
    consent: openConsentStore('listening-test'),
    verifier: verifier as Verifier,
    load: async () => {
      throw new Error('not expected');
    },
    getStream: undefined,
    continuous: true,
    listening: { mode: 'window' },
    onStopped: stopped,
    onState: () => {},
  });
  return { session, stream, open, stopped, options: () => options };
}

it('listens where another check verifies, pauses, goes on, and stops with a summary', async () => {
  const { session, stream, open, stopped, options } = listening();
  await session.start();
  expect(session.state).toEqual({ name: 'ready', task: 'listen', outdated: false });
  await session.begin('listen');
  expect(session.state.name).toBe('listening');
  expect(open.mock.calls[0]?.[0]).toBe('ada');
  expect(options()).toMatchObject({ falseAcceptRate: 0.01, mode: 'window', source: 'microphone' });
  await session.begin('listen');
  expect(open).toHaveBeenCalledTimes(1);
  await session.pause();
  expect(session.state.name).toBe('paused');
  await session.resume();
  expect(session.state.name).toBe('listening');
  await session.stop();
  expect(stream.stop).toHaveBeenCalledTimes(1);
  expect(stopped).toHaveBeenCalledWith(SUMMARY);
  expect(session.state.name).toBe('ready');
});

it('shows what ended it and can begin again', async () => {
  const { session, options } = listening();
  await session.start();
  await session.begin('listen');
  const error = new VoiceprintError('audio/microphone-lost', 'gone');
  options().onEvent?.({ type: 'error', atSeconds: 2, error });
  expect(session.state).toEqual({ name: 'error', error, retry: 'listen' });
  await session.again();
  expect(session.state.name).toBe('ready');
  await session.begin('listen');
  expect(session.state.name).toBe('listening');
});

it('tells a refused microphone once, as its error', async () => {
  const error = new VoiceprintError('audio/microphone-refused', 'refused');
  const { session } = listening(Promise.reject(error));
  await session.start();
  await session.begin('listen');
  expect(session.state).toEqual({ name: 'error', error, retry: 'listen' });
});

it.each(['end', 'forget', 'cancel'] as const)(
  '%s closes the stream and hears no more',
  async (way) => {
    const { session, options } = listening();
    await session.start();
    await session.begin('listen');
    await session[way]();
    expect(options().signal?.aborted).toBe(true);
    const before = session.state;
    options().onEvent?.({ type: 'no-speech', atSeconds: 4, silentSeconds: 3 });
    expect(session.state).toBe(before);
  },
);

it('measures loudness alike, however the audio is cut', () => {
  const audio = Float32Array.from({ length: 6000 }, (_, n) => 0.1 * Math.sin(n * 0.3));
  const whole: number[] = [];
  createLevelMeter((level) => whole.push(level))(audio);
  const cut: number[] = [];
  const meter = createLevelMeter((level) => cut.push(level));
  for (let n = 0; n < audio.length; n += 7) meter(audio.subarray(n, n + 7));
  expect(whole).toHaveLength(3);
  expect(cut).toEqual(whole);
  expect(whole[0]).toBeCloseTo(-23, 0);
});
