import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { chromiumOptions } from '../scripts/chromium/options.js';
import type { StreamEvent, StreamOptions, VoiceStream } from '../src/stream/types.js';
import { readClip, silence, writeWav } from './support/audio.js';
import { LOSES_DEVICE, prependToWorker, tellWorker } from './support/engine-worker.js';
import { enroll, expect, openVerifier, test, verify } from './support/test.js';

declare global {
  interface Window {
    stream: VoiceStream;
    events: StreamEvent[];
    /** Microphone tracks that the page was given. */
    tracks: MediaStreamTrack[];
  }
}

test.describe.configure({ timeout: 180_000 });

const folder = await mkdtemp(join(tmpdir(), 'voiceprint-stream-'));
const conversation = await writeWav(join(folder, 'conversation.wav'), [
  silence(1),
  await readClip('ada-3'),
  await readClip('ben-3'),
  silence(1),
]);

test.afterAll(() => rm(folder, { recursive: true, force: true }));

test.use({
  permissions: ['microphone'],
  launchOptions: chromiumOptions({ gpu: true, microphone: conversation }),
});

/** WebGPU on the processor is too slow to keep up with a microphone. */
const ON_PROCESSOR = { vault: 'memory', backend: 'wasm' } as const;

/** Whoever runs the tests may be slow: every second is heard, with few scores. */
const PATIENT = { scoresPerSecond: 2, maximumLagSeconds: 60 } satisfies StreamOptions;

/** Opens a stream in the page, kept as `window.stream`, and its events as `window.events`. */
function listen(page: Page, options: StreamOptions): Promise<void> {
  return page.evaluate(async (given) => {
    window.events = [];
    window.stream = window.verifier.stream(undefined, {
      ...given,
      onEvent: (event) => window.events.push(event),
    });
    await window.stream.ready;
  }, options);
}

/** Pushes clips and pauses to the stream; those of the page wait for the engine. */
function push(page: Page, clips: readonly string[], pauseSeconds: number): Promise<void> {
  return page.evaluate(
    async ([names, pause]) => {
      const context = new OfflineAudioContext(1, 1, 16_000);
      for (const name of names) {
        const file = await (await window.clip(name)).arrayBuffer();
        await window.stream.push((await context.decodeAudioData(file)).getChannelData(0));
        await window.stream.push(new Float32Array(pause * 16_000));
      }
    },
    [clips, pauseSeconds] as const,
  );
}

/** What the stream told, in short, without its scores. */
function told(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    window.events.flatMap((event) => {
      if (event.type === 'score') return [];
      if (event.type === 'accept') return [`accept ${event.speaker}`];
      if (event.type === 'speaker-change') return [`${event.from} > ${event.to}`];
      if (event.type === 'degraded') return [event.reason];
      return [event.type === 'error' ? event.error.code : event.type];
    }),
  );
}

test.describe('a microphone', { tag: '@microphone' }, () => {
  test('is heard: who speaks, who takes over within 2 s of speech, and that nobody does', async ({
    page,
    site,
  }) => {
    await openVerifier(page, site, ON_PROCESSOR);
    await enroll(page, 'ada', ['ada-1', 'ada-2']);
    await enroll(page, 'ben', ['ben-1', 'ben-2']);
    await listen(page, PATIENT);
    const { label, sampleRate } = await page.evaluate(() => {
      const { microphone } = window.stream;
      if (microphone === undefined) throw new Error('no microphone');
      return microphone;
    });
    expect([label !== '', sampleRate > 0]).toEqual([true, true]);
    await page.waitForFunction(
      () => window.events.some(({ type }) => type === 'no-speech'),
      undefined,
      { timeout: 120_000 },
    );
    const summary = await page.evaluate(() => window.stream.stop());
    expect(await told(page)).toEqual(['accept ada', 'ada > ben', 'accept ben', 'no-speech']);
    // The speech between the last moment that was Ada's and the one that Ben was named at.
    const seconds = await page.evaluate(() => {
      const scores = window.events.filter((event) => event.type === 'score');
      const ben = scores.findIndex(({ speaker }) => speaker === 'ben');
      const best = (at: number) => scores[at]?.candidates[0]?.speaker;
      let first = ben;
      while (first > 0 && best(first - 1) === 'ben') first--;
      return (scores[ben]?.speechSeconds ?? 0) - (scores[first - 1]?.speechSeconds ?? 0);
    });
    expect(seconds).toBeLessThan(2);
    expect(summary.firstDecisionSeconds).toBeLessThan(2.5);
    expect(summary.droppedSeconds).toBe(0);
  });

  test('that is unplugged gives way to another, and pausing gives it back', async ({
    page,
    site,
  }) => {
    await page.addInitScript(() => {
      window.tracks = [];
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        const stream = await ask(constraints);
        window.tracks.push(...stream.getTracks());
        return stream;
      };
    });
    await openVerifier(page, site, ON_PROCESSOR);
    await enroll(page, 'ada', ['ada-1', 'ada-2']);
    await listen(page, PATIENT);
    await page.evaluate(() => window.tracks[0]?.dispatchEvent(new Event('ended')));
    await expect.poll(() => told(page)).toContain('device-changed');
    const live = () =>
      page.evaluate(() => window.tracks.map(({ readyState }) => readyState === 'live'));
    expect(await live()).toEqual([false, true]);
    await page.evaluate(() => window.stream.pause());
    expect(await live()).toEqual([false, false]);
    await page.evaluate(() => window.stream.resume());
    expect(await live()).toEqual([false, false, true]);
    // A stream of the page's own is left running.
    const own = await page.evaluate(async () => {
      await window.stream.stop();
      const source = await navigator.mediaDevices.getUserMedia({ audio: true });
      const stream = window.verifier.stream('ada', { source });
      await stream.ready;
      await stream.stop();
      return source.getAudioTracks().map(({ readyState }) => readyState);
    });
    expect(own).toEqual(['live']);
    await page.evaluate(() => window.verifier.dispose());
  });
});

test('a microphone that is refused is told by its code, and asking again is possible', async ({
  page,
  site,
}) => {
  await openVerifier(page, site, ON_PROCESSOR);
  await enroll(page, 'ada', ['ada-1', 'ada-2']);
  const outcome = await page.evaluate(async () => {
    const events: string[] = [];
    const ask = () =>
      window.verifier.stream('ada', {
        onError: ({ error }) => events.push(error.code),
      });
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('refused', 'NotAllowedError');
    };
    const refused = ask();
    const ready = await refused.ready.catch((error: { code: string }) => error.code);
    const { seconds } = await refused.finished;
    const again = await ask().ready.catch((error: { code: string }) => error.code);
    return { events, ready, seconds, state: refused.state, again };
  });
  const code = 'audio/microphone-refused';
  expect(outcome).toEqual({
    events: [code, code],
    ready: code,
    seconds: 0,
    state: 'ended',
    again: code,
  });
});

test.describe('what is lost on the way', () => {
  test('a graphics device: the stream goes on without it, and without losing a chunk', {
    tag: '@gpu',
  }, async ({ page, site }) => {
    await prependToWorker(page, LOSES_DEVICE);
    await openVerifier(page, site, { vault: 'memory' });
    expect(await page.evaluate(() => window.verifier.backend.name)).toBe('webgpu');
    await enroll(page, 'ada', ['ada-1']);
    await listen(page, { ...PATIENT, source: 'pushed', scoresPerSecond: 0.5 });
    await push(page, ['ada-2'], 0);
    await expect.poll(() => told(page)).toContain('accept ada');
    await tellWorker(page, 'lose');
    await push(page, ['ada-3'], 0);
    await expect.poll(() => told(page)).toContain('moved-to-wasm');
    const summary = await page.evaluate(() => window.stream.stop());
    expect(await told(page)).toEqual(['accept ada', 'moved-to-wasm']);
    expect(summary.droppedSeconds).toBe(0);
    expect(await page.evaluate(() => window.stream.backend)).toMatchObject({ name: 'wasm' });
  });

  test('the worker: the stream goes on in another one with what it decided', async ({
    page,
    site,
  }) => {
    await prependToWorker(
      page,
      "new BroadcastChannel('crash').onmessage = () => { throw new Error('out of memory') }",
    );
    await openVerifier(page, site, ON_PROCESSOR);
    await enroll(page, 'ada', ['ada-1']);
    await listen(page, { ...PATIENT, source: 'pushed' });
    await push(page, ['ada-2'], 0);
    await expect.poll(() => told(page)).toContain('accept ada');
    await tellWorker(page, 'crash');
    await push(page, ['ada-3', 'ada-4'], 0);
    await expect.poll(() => told(page)).toContain('worker-restarted');
    const summary = await page.evaluate(() => window.stream.stop());
    expect(await told(page)).toEqual(['accept ada', 'worker-restarted']);
    // The block that was on its way.
    expect(summary.droppedSeconds).toBeLessThanOrEqual(0.16);
    expect(await page.evaluate(() => window.stream.current)).toMatchObject({
      decision: 'accepted',
      speaker: 'ada',
    });
    // The verifier works on, too.
    expect(await verify(page, 'ada', 'ada-3')).toMatchObject({ accepted: true });
  });
});

/**
 * MiB that the largest renderer holds, with its workers and their WebAssembly, after its garbage was
 * collected. Linux tells it of a process; elsewhere it is 0.
 */
async function rendererMemory(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.detach();
  const browser = await page.context().browser()?.newBrowserCDPSession();
  if (browser === undefined || process.platform !== 'linux') return 0;
  const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
  await browser.detach();
  const held = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'latin1'))?.[1]);
  return Math.max(...held.map((kilobytes) => Number(kilobytes ?? 0) / 1024));
}

test('ten minutes at eight times their pace or faster do not grow in memory', async ({
  page,
  site,
}) => {
  await openVerifier(page, site, ON_PROCESSOR);
  await enroll(page, 'ada', ['ada-1', 'ada-2']);
  await listen(page, { ...PATIENT, source: 'pushed', scoresPerSecond: 0.25 });
  const play = (seconds: number) =>
    page.evaluate(async (wanted) => {
      const context = new OfflineAudioContext(1, 1, 16_000);
      const file = await (await window.clip('ada-3')).arrayBuffer();
      const clip = (await context.decodeAudioData(file)).getChannelData(0);
      const started = performance.now();
      for (let at = 0; at < wanted * 16_000; at += clip.length) {
        for (let from = 0; from < clip.length; from += 1600) {
          await window.stream.push(clip.subarray(from, from + 1600));
        }
        // The page's own record of events is not the stream's.
        window.events.length = 0;
      }
      return (performance.now() - started) / 1000;
    }, seconds);
  await play(60);
  const before = await rendererMemory(page);
  const seconds = await play(540);
  const after = await rendererMemory(page);
  console.log(
    `540 s in ${seconds.toFixed(1)} s (${(540 / seconds).toFixed(1)} times real time), ${before.toFixed(0)} MiB, then ${after.toFixed(0)} MiB`,
  );
  const summary = await page.evaluate(() => window.stream.stop());
  expect(summary.seconds).toBeGreaterThan(600);
  expect(summary.droppedSeconds).toBe(0);
  // The samples alone would be 33 MiB.
  expect(after - before).toBeLessThan(24);
});
