import { describe, expect, it, vi } from 'vitest';
import { VoiceprintError } from '../errors.js';
import type {
  EnrolledSpeaker,
  Enrollment,
  Recording,
  RecordingSession,
  Verification,
  Verifier,
} from '../verifier/types.js';
import { CheckSession } from './check-session.js';
import type { CheckSessionOptions } from './check-session-options.js';
import { openConsentStore } from './consent.js';

const AUDIO: Recording = {
  samples: new Float32Array(16000),
  sampleRate: 16000,
  microphone: {
    label: 'test',
    sampleRate: 48000,
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
  },
};

const ADA = { speaker: 'ada', speechSeconds: 4, comparable: true } as EnrolledSpeaker;

function memory(): Storage {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  } as Storage;
}

/** A verifier whose recordings end when the test says so. */
function scripted(people: EnrolledSpeaker[] = []) {
  let finish: (audio: Recording) => void = () => {};
  const session: RecordingSession = {
    microphone: AUDIO.microphone,
    finished: new Promise((resolve) => {
      finish = resolve;
    }),
    stop: async () => {
      finish(AUDIO);
      return AUDIO;
    },
    cancel: vi.fn(),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const verifier = {
    model: { minimumSeconds: 1, recommendedSeconds: 8 } as Verifier['model'],
    list: async () => people,
    record: vi.fn<Verifier['record']>(async () => session),
    enroll: vi.fn<Verifier['enroll']>(async () => {
      people.push(ADA);
      return { speaker: 'ada', completeness: 1 } as Enrollment;
    }),
    verify: vi.fn<Verifier['verify']>(async () => ({ accepted: true }) as Verification),
    remove: vi.fn(async () => people.splice(0).length > 0),
    dispose: vi.fn(async () => {}),
  };
  const partial: Partial<Verifier> = verifier;
  return { verifier: partial as Verifier, calls: verifier, session, finish };
}

function open(options: Partial<CheckSessionOptions> = {}) {
  const names: string[] = [];
  const session = new CheckSession({
    speaker: 'ada',
    mode: 'auto',
    falseAcceptRate: undefined,
    consent: openConsentStore('test', memory()),
    verifier: undefined,
    getStream: undefined,
    load: async () => {
      throw new Error('not expected');
    },
    onState: (state) => {
      if (names.at(-1) !== state.name) names.push(state.name);
    },
    ...options,
  });
  return { session, names };
}

describe('CheckSession', () => {
  it('downloads nothing before consent', async () => {
    const load = vi.fn();
    const { session } = open({ load });
    await session.start();
    expect(session.state.name).toBe('consent');
    expect(load).not.toHaveBeenCalled();
  });

  it('finds who is enrolled however the attribute spells the name', async () => {
    const jose = { ...ADA, speaker: 'Jos\u00e9' };
    const { verifier } = scripted([jose]);
    const { session } = open({ verifier, mode: 'verify', speaker: ' Jose\u0301\n' });
    await session.start();
    expect(session.state).toMatchObject({ name: 'ready' });
    expect(session.enrolled).toBe(jose);
  });

  it('enrolls, then verifies, then forgets with the consent', async () => {
    const { verifier, calls, finish } = scripted();
    const consent = openConsentStore('test', memory());
    const { session, names } = open({ verifier, consent });
    await session.start();
    await session.giveConsent();
    const enrolling = session.begin('enroll');
    await vi.waitFor(() => expect(session.state.name).toBe('recording'));
    finish(AUDIO);
    await enrolling;
    expect(session.state.name).toBe('enrolled');
    expect(calls.record).toHaveBeenCalledWith(expect.objectContaining({ speechSeconds: 8 }));
    await session.begin('verify');
    expect(session.state.name).toBe('accepted');
    expect(await session.forget()).toBe(true);
    expect(session.state.name).toBe('consent');
    expect(consent.given('ada')).toBe(false);
    expect(names).toEqual(
      'consent loading ready working recording working enrolled working recording working accepted consent'.split(
        ' ',
      ),
    );
  });

  it('asks only for the speech that is missing', async () => {
    const { verifier, calls } = scripted([ADA]);
    const { session } = open({ verifier, mode: 'enroll' });
    await session.giveConsent();
    void session.begin('enroll');
    expect(calls.record).toHaveBeenCalledWith(expect.objectContaining({ speechSeconds: 4 }));
  });

  it('says that nobody is enrolled instead of recording for nothing', async () => {
    const { session } = open({ verifier: scripted().verifier, mode: 'verify' });
    await session.start();
    expect(session.state).toMatchObject({
      name: 'error',
      error: { code: 'vault/unknown-speaker' },
    });
  });

  it('shows refused audio and records again', async () => {
    const { verifier, calls, finish } = scripted([ADA]);
    calls.verify.mockRejectedValueOnce(new VoiceprintError('audio/no-speech', 'no speech'));
    const { session } = open({ verifier });
    await session.start();
    finish(AUDIO);
    await session.begin('verify');
    expect(session.state).toMatchObject({ name: 'error', error: { code: 'audio/no-speech' } });
    await session.again();
    expect(session.state).toMatchObject({ name: 'ready', task: 'verify' });
  });

  it('closes the recording and its own verifier when it ends midway', async () => {
    const { verifier, calls, session: recording } = scripted([ADA]);
    const { session, names } = open({
      mode: 'verify',
      load: async () => ({ verifier, owned: true }),
    });
    await session.start();
    void session.begin('verify');
    await vi.waitFor(() => expect(session.state.name).toBe('recording'));
    session.end();
    session.end();
    expect(recording.cancel).toHaveBeenCalledOnce();
    expect(calls.dispose).toHaveBeenCalledOnce();
    expect(names.at(-1)).toBe('recording');
  });

  it('disposes of a verifier that arrives after the end', async () => {
    const { verifier, calls } = scripted([ADA]);
    const { session } = open({ mode: 'verify', load: async () => ({ verifier, owned: true }) });
    const starting = session.start();
    session.end();
    await starting;
    expect(calls.dispose).toHaveBeenCalledOnce();
  });

  it('leaves a verifier alone that the page brought', async () => {
    const { verifier, calls } = scripted([ADA]);
    const { session } = open({ verifier });
    await session.start();
    session.end();
    expect(calls.dispose).not.toHaveBeenCalled();
  });

  it('drops a recording that starts after it was cancelled', async () => {
    const { verifier, calls, session: recording } = scripted([ADA]);
    let grant: (session: RecordingSession) => void = () => {};
    calls.record.mockImplementationOnce(() => new Promise((resolve) => (grant = resolve)));
    const { session } = open({ verifier });
    await session.start();
    const recordingDone = session.begin('verify');
    await session.cancel();
    grant(recording);
    await recordingDone;
    expect(recording.cancel).toHaveBeenCalledOnce();
    expect(session.state.name).toBe('ready');
  });
});

describe('openConsentStore', () => {
  it('holds for the page when the device refuses to store', () => {
    const full = memory();
    full.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    const store = openConsentStore('full', full);
    store.give('ada');
    expect(store.given('ada')).toBe(true);
    store.withdraw('ada');
    expect(store.given('ada')).toBe(false);
  });
});
