import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openMicrophone } from './microphone.js';
import { grantedSettings, microphoneError } from './microphone-stream.js';

class FakeTrack extends EventTarget {
  readonly kind = 'audio';
  readonly label = 'Fake microphone';
  readyState: 'live' | 'ended' = 'live';
  muted = false;
  settings: MediaTrackSettings = { sampleRate: 48_000, noiseSuppression: false };
  getSettings() {
    return this.settings;
  }
  stop() {
    this.readyState = 'ended';
  }
}

class FakeContext extends EventTarget {
  static readonly made: FakeContext[] = [];
  static refuses16 = false;
  static state: AudioContextState = 'running';
  static moduleFails = false;
  readonly sampleRate: number;
  state = FakeContext.state;
  readonly audioWorklet = {
    addModule: async () => {
      if (FakeContext.moduleFails) throw new Error('blocked by the content security policy');
    },
  };
  constructor({ sampleRate = 48_000 } = {}) {
    super();
    this.sampleRate = sampleRate;
    FakeContext.made.push(this);
  }
  createMediaStreamSource() {
    if (FakeContext.refuses16 && this.sampleRate === 16_000) throw new Error('NotSupportedError');
    return { connect: () => undefined, disconnect: () => undefined };
  }
  resume() {
    return new Promise(() => undefined);
  }
  async close() {
    this.state = 'closed';
  }
}

class FakeNode {
  static last: FakeNode | undefined;
  readonly port = {
    onmessage: undefined as ((event: { data: unknown }) => void) | null | undefined,
    postMessage: vi.fn(),
    close: vi.fn(),
  };
  onprocessorerror: (() => void) | null = null;
  readonly chunkFrames: number;
  constructor(
    _context: unknown,
    _name: string,
    options: { processorOptions: { chunkFrames: number } },
  ) {
    this.chunkFrames = options.processorOptions.chunkFrames;
    FakeNode.last = this;
  }
  disconnect() {}
  deliver(samples: Float32Array) {
    this.port.onmessage?.({ data: samples });
  }
}

let track: FakeTrack;
const asTrack = (fake: FakeTrack) => fake as Partial<MediaStreamTrack> as MediaStreamTrack;
const getStream = async () => {
  const stream: Partial<MediaStream> = {
    getTracks: () => [asTrack(track)],
    getAudioTracks: () => [asTrack(track)],
  };
  return stream as MediaStream;
};

beforeEach(() => {
  track = new FakeTrack();
  FakeContext.made.length = 0;
  Object.assign(FakeContext, { refuses16: false, state: 'running', moduleFails: false });
  vi.stubGlobal('AudioContext', FakeContext);
  vi.stubGlobal('AudioWorkletNode', FakeNode);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const stillOpen = () => FakeContext.made.filter(({ state }) => state !== 'closed').length;

test('chunks arrive until it is closed, and then everything is closed', async () => {
  const chunks: Float32Array[] = [];
  const microphone = await openMicrophone({ getStream, onSamples: (chunk) => chunks.push(chunk) });
  expect(microphone.settings).toEqual({
    label: 'Fake microphone',
    sampleRate: 48_000,
    echoCancellation: undefined,
    noiseSuppression: false,
    autoGainControl: undefined,
  });
  expect(FakeNode.last?.chunkFrames).toBe(512);
  FakeNode.last?.deliver(new Float32Array(512));
  await Promise.all([microphone.close(), microphone.close()]);
  FakeNode.last?.deliver(new Float32Array(512));
  expect(chunks.length).toBe(1);
  expect(track.readyState).toBe('ended');
  expect(stillOpen()).toBe(0);
  expect(FakeNode.last?.port.postMessage).toHaveBeenCalledWith('stop');
});

test('where 16 kHz is refused the chunks are resampled', async () => {
  FakeContext.refuses16 = true;
  let length = 0;
  const microphone = await openMicrophone({
    getStream,
    onSamples: (chunk) => {
      length += chunk.length;
    },
  });
  expect(FakeNode.last?.chunkFrames).toBe(1_536);
  for (let i = 0; i < 20; i++) FakeNode.last?.deliver(new Float32Array(1_536));
  expect(length).toBeGreaterThan(20 * 512 - 100);
  await microphone.close();
  expect(stillOpen()).toBe(0);
});

test.each<[string, () => void]>([
  ['its track ends', () => track.dispatchEvent(new Event('ended'))],
  ['the worklet fails', () => FakeNode.last?.onprocessorerror?.()],
  [
    'its context is closed',
    () => {
      const [context] = FakeContext.made;
      if (context === undefined) return;
      context.state = 'closed';
      context.dispatchEvent(new Event('statechange'));
    },
  ],
])('it is lost once when %s', async (_name, happen) => {
  const onLost = vi.fn();
  await openMicrophone({ getStream, onSamples: () => undefined, onLost });
  happen();
  happen();
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledTimes(1));
  expect(onLost.mock.calls[0]?.[0]).toMatchObject({ code: 'audio/microphone-lost' });
  expect(track.readyState).toBe('ended');
  expect(stillOpen()).toBe(0);
});

test('a short mute is borne, a long one is a loss', async () => {
  const onLost = vi.fn();
  const options = { getStream, onSamples: () => undefined, onLost, muteSeconds: 0.05 };
  await openMicrophone(options);
  track.dispatchEvent(new Event('mute'));
  track.dispatchEvent(new Event('unmute'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(onLost).not.toHaveBeenCalled();
  track.dispatchEvent(new Event('mute'));
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledTimes(1));
});

test('closing by oneself is no loss', async () => {
  const onLost = vi.fn();
  const microphone = await openMicrophone({ getStream, onSamples: () => undefined, onLost });
  await microphone.close();
  track.dispatchEvent(new Event('ended'));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(onLost).not.toHaveBeenCalled();
});

test('a context that the browser holds back is an error, and nothing stays open', async () => {
  FakeContext.state = 'suspended';
  await expect(
    openMicrophone({ getStream, onSamples: () => undefined, startSeconds: 0.05 }),
  ).rejects.toMatchObject({ code: 'audio/microphone-refused', message: /click/ });
  expect(track.readyState).toBe('ended');
  expect(stillOpen()).toBe(0);
});

test('a worklet that cannot be loaded is an error, and nothing stays open', async () => {
  FakeContext.moduleFails = true;
  await expect(openMicrophone({ getStream, onSamples: () => undefined })).rejects.toMatchObject({
    code: 'audio/microphone-lost',
  });
  expect(track.readyState).toBe('ended');
  expect(stillOpen()).toBe(0);
});

test('an abort closes it, and an abort beforehand asks for nothing', async () => {
  const abort = new AbortController();
  await openMicrophone({ getStream, onSamples: () => undefined, signal: abort.signal });
  abort.abort();
  await vi.waitFor(() => expect(track.readyState).toBe('ended'));
  const asked = vi.fn(getStream);
  await expect(
    openMicrophone({ getStream: asked, onSamples: () => undefined, signal: abort.signal }),
  ).rejects.toMatchObject({ code: 'aborted' });
  expect(asked).not.toHaveBeenCalled();
});

test.each([
  ['NotAllowedError', 'audio/microphone-refused'],
  ['SecurityError', 'audio/microphone-refused'],
  ['NotFoundError', 'audio/microphone-missing'],
  ['OverconstrainedError', 'audio/microphone-missing'],
  ['NotReadableError', 'audio/microphone-lost'],
])('%s means %s', (name, code) => {
  expect(microphoneError(new DOMException('message', name))).toMatchObject({ code });
});

test('without getUserMedia there is no microphone', async () => {
  vi.stubGlobal('navigator', {});
  await expect(openMicrophone({ onSamples: () => undefined })).rejects.toMatchObject({
    code: 'audio/microphone-missing',
    message: /https/,
  });
});

test('echo cancellation that is told by its kind is on', () => {
  Object.assign(track.settings, { echoCancellation: 'all', sampleRate: undefined });
  const settings = grantedSettings(asTrack(track), 16_000);
  expect(settings).toMatchObject({ echoCancellation: true, sampleRate: 16_000 });
});
