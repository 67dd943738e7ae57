import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OpenMicrophone } from '../audio/microphone/open-microphone.js';
import { VoiceprintError } from '../errors.js';
import { StreamMicrophone } from './microphone.js';

type Given = Parameters<OpenMicrophone>[0];

const lost = new VoiceprintError('audio/microphone-lost', 'unplugged');
const refused = new VoiceprintError('audio/microphone-refused', 'refused');

/** Microphones that open one after the other; an error stands for one that does not. */
function devices(...labels: (string | VoiceprintError)[]) {
  const opened: Given[] = [];
  const closed: string[] = [];
  const open: OpenMicrophone = async (options) => {
    const label = labels.shift() ?? refused;
    if (label instanceof VoiceprintError) throw label;
    opened.push(options);
    const settings = {
      label,
      sampleRate: 48_000,
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
    };
    return { settings, close: () => void closed.push(label) };
  };
  return { open, opened, closed };
}

function listener() {
  const told: string[] = [];
  return {
    told,
    onSamples: (samples: Float32Array) => void told.push(`${samples.length} samples`),
    onDegraded: (reason: string) => void told.push(reason),
    onLost: (error: VoiceprintError) => void told.push(error.code),
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

class Page extends EventTarget {
  hidden = false;
  turn(hidden: boolean) {
    this.hidden = hidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

describe('StreamMicrophone', () => {
  let page: Page;
  let now = 0;
  beforeEach(() => {
    page = new Page();
    now = 0;
    vi.stubGlobal('document', page);
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('hears a device until it is stopped', async () => {
    const { open, opened, closed } = devices('headset');
    const heard = listener();
    const microphone = new StreamMicrophone(open, undefined, heard);
    await microphone.start();
    opened[0]?.onSamples(new Float32Array(512));
    expect([microphone.settings?.label, opened[0]?.reuse]).toEqual(['headset', true]);
    await microphone.stop();
    opened[0]?.onSamples(new Float32Array(512));
    expect([heard.told, closed, microphone.settings]).toEqual([
      ['512 samples'],
      ['headset'],
      undefined,
    ]);
  });

  it('lets the default device take over for one that is unplugged, each time', async () => {
    const { open, opened } = devices('headset', 'built in', 'other');
    const heard = listener();
    const microphone = new StreamMicrophone(open, undefined, heard);
    await microphone.start();
    opened[0]?.onLost(lost);
    await settle();
    opened[1]?.onSamples(new Float32Array(512));
    opened[1]?.onLost(lost);
    await settle();
    expect([heard.told, microphone.settings?.label]).toEqual([
      ['device-changed', '512 samples', 'device-changed'],
      'other',
    ]);
  });

  it('gives up where no other device can be had, and says why', async () => {
    const { open, opened } = devices('headset', refused);
    const heard = listener();
    await new StreamMicrophone(open, undefined, heard).start();
    opened[0]?.onLost(lost);
    await settle();
    expect(heard.told).toEqual(['audio/microphone-refused']);
  });

  it('leaves a stream that was given alone, and ends with it', async () => {
    const { open, opened } = devices('call', 'never');
    const heard = listener();
    const given = {} as MediaStream;
    await new StreamMicrophone(open, given, heard).start();
    expect(opened[0]?.keepTracks).toBe(true);
    expect(await opened[0]?.getStream?.()).toBe(given);
    opened[0]?.onLost(lost);
    await settle();
    expect([heard.told, opened.length]).toEqual([['audio/microphone-lost'], 1]);
  });

  it('says when the system mutes it', async () => {
    const { open, opened } = devices('headset');
    const heard = listener();
    await new StreamMicrophone(open, undefined, heard).start();
    opened[0]?.onMuted?.(true);
    opened[0]?.onMuted?.(false);
    expect(heard.told).toEqual(['microphone-muted']);
  });

  it('says when a hidden page was held back, and only then', async () => {
    const { open, opened } = devices('headset');
    const heard = listener();
    const microphone = new StreamMicrophone(open, undefined, heard);
    await microphone.start();
    const chunk = (at: number) => {
      now = at;
      opened[0]?.onSamples(new Float32Array(1));
    };
    chunk(30);
    chunk(2000);
    page.turn(true);
    chunk(2030);
    chunk(2060);
    expect(heard.told).not.toContain('page-hidden');
    page.turn(false);
    chunk(6000);
    chunk(6030);
    chunk(9000);
    expect(heard.told.filter((line) => line === 'page-hidden')).toHaveLength(1);
    await microphone.stop();
  });

  it('closes what opens too late', async () => {
    const { open, closed } = devices('headset');
    const microphone = new StreamMicrophone(open, undefined, listener());
    const starting = microphone.start();
    await microphone.stop();
    await starting;
    expect([closed, microphone.settings]).toEqual([['headset'], undefined]);
  });

  it('hands on why it cannot be opened', async () => {
    const { open } = devices(refused);
    await expect(new StreamMicrophone(open, undefined, listener()).start()).rejects.toBe(refused);
  });
});
