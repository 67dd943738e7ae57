import type { Page } from '@playwright/test';
import { enroll, expect, openVerifier, test, watchRequests } from './support/test.js';

declare global {
  interface Window {
    /** Microphone tracks and audio contexts that are still open. */
    stillOpen(): { tracks: number; contexts: number };
    /** A microphone that plays a clip over and over; without a clip it is silent. */
    hearing(clip?: string): () => Promise<MediaStream>;
    /** The microphone that was opened last. */
    lastTrack: MediaStreamTrack | undefined;
    /** Names of the events that elements sent, and the names in their details. */
    sent: string[];
    violations: string[];
  }
}

test.use({ served: 'styled' });

/** Opens the page with a verifier on which Ada is enrolled, and counts what is opened. */
async function openPage(page: Page, site: string): Promise<void> {
  await page.addInitScript(() => {
    window.sent = [];
    window.violations = [];
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      window.violations.push(`${violatedDirective} ${blockedURI}`),
    );
    for (const name of ['enrolled', 'accepted', 'rejected', 'error', 'deleted']) {
      document.addEventListener(`voiceprint-${name}`, (event) => {
        const detail = event instanceof CustomEvent ? event.detail : {};
        window.sent.push(`${name}: ${Object.keys(detail).join(' ')}`);
      });
    }
    const contexts: AudioContext[] = [];
    const tracks: MediaStreamTrack[] = [];
    const Plain = AudioContext;
    window.AudioContext = class extends Plain {
      constructor(options?: AudioContextOptions) {
        super(options);
        contexts.push(this);
      }
    };
    window.stillOpen = () => ({
      tracks: tracks.filter(({ readyState }) => readyState === 'live').length,
      contexts: contexts.filter(({ state }) => state !== 'closed').length,
    });
    window.hearing = (clip) => async () => {
      const context = new Plain();
      const microphone = context.createMediaStreamDestination();
      if (clip !== undefined) {
        const source = context.createBufferSource();
        const file = await (await window.clip(clip)).arrayBuffer();
        source.buffer = await context.decodeAudioData(file);
        source.loop = true;
        source.connect(microphone);
        source.start();
      }
      const [track] = microphone.stream.getAudioTracks();
      if (track !== undefined) tracks.push(track);
      window.lastTrack = track;
      return microphone.stream;
    };
  });
  await openVerifier(page, site, { vault: 'memory' });
  await enroll(page, 'ada', ['ada-1', 'ada-2']);
  await page.addScriptTag({ type: 'module', url: './package/dist/widget.js' });
  await page.evaluate(() => customElements.whenDefined('voiceprint-check'));
}

/** Adds an element that shares the page's verifier. */
async function addWidget(page: Page, speaker: string, clip?: string): Promise<void> {
  await page.evaluate(
    ([speaker, clip]) => {
      const element = document.createElement('voiceprint-check');
      element.speaker = speaker;
      element.verifier = window.verifier;
      element.getStream = window.hearing(clip);
      document.body.append(element);
    },
    [speaker, clip] as const,
  );
}

const widget = (page: Page, nth = 0) => page.getByTestId('widget').nth(nth);
const inState = (page: Page, state: RegExp | string, nth = 0) =>
  expect(widget(page, nth)).toHaveAttribute('data-state', state);
const focused = (page: Page) =>
  page.evaluate(() =>
    document.activeElement?.shadowRoot?.activeElement?.getAttribute('data-testid'),
  );
const closed = { tracks: 0, contexts: 0 };
const stillOpen = (page: Page) => page.evaluate(() => window.stillOpen());

test('the keyboard alone leads from consent to a decision, and every step is announced', async ({
  page,
  site,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce', forcedColors: 'active' });
  await openPage(page, site);
  await addWidget(page, 'eve', 'ada-1');
  const status = page.getByTestId('widget-status');
  await inState(page, 'consent');
  await expect(status).toHaveText('Before you enroll');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('widget-consent');
  await page.keyboard.press('Enter');
  await inState(page, 'ready');
  await expect.poll(() => focused(page)).toBe('widget-start');
  await page.keyboard.press('Enter');
  await inState(page, 'recording');
  await expect(status).toHaveText(/Listening/);
  await expect.poll(() => focused(page)).toBe('widget-stop');
  await expect(status).toHaveText(/Half way/);
  await expect(page.getByTestId('widget-meter')).toBeVisible();
  await inState(page, 'enrolled');
  await expect(status).toHaveText('Voice enrolled');
  await expect.poll(() => focused(page)).toBe('widget-check');
  await page.keyboard.press('Enter');
  await inState(page, 'accepted');
  await expect(status).toHaveText(/Match\. This sounds like/);
  await expect(page.getByTestId('widget-score')).toBeVisible();
  await expect.poll(() => focused(page)).toBe('widget-again');
  expect(await stillOpen(page)).toEqual(closed);
  expect(await page.evaluate(() => window.sent)).toEqual([
    'enrolled: speaker enrollment',
    'accepted: speaker verification',
  ]);
  expect(await page.evaluate(() => window.violations)).toEqual([]);
});

test('whatever interrupts a recording, the microphone is closed and the element goes on', async ({
  page,
  site,
}) => {
  await openPage(page, site);
  await addWidget(page, 'ada');
  const start = async () => {
    await inState(page, 'ready');
    await page.getByTestId('widget-start').click();
    await inState(page, 'recording');
    expect((await stillOpen(page)).tracks).toBe(1);
  };
  const untilClosed = () => expect.poll(() => stillOpen(page)).toEqual(closed);

  await start();
  await page.getByTestId('widget-cancel').click();
  await untilClosed();

  // Nothing but silence until the person gives up.
  await start();
  await page.getByTestId('widget-stop').click();
  await inState(page, 'error');
  await expect(page.getByTestId('widget-reason')).toContainText(/heard/);
  await untilClosed();
  await page.getByTestId('widget-again').click();

  // The device goes away.
  await start();
  await page.evaluate(() => window.lastTrack?.dispatchEvent(new Event('ended')));
  await inState(page, 'error');
  await expect(page.getByTestId('widget-reason')).toContainText('disconnected');
  await untilClosed();
  await page.getByTestId('widget-again').click();

  // The page moves the element, then changes and takes away its attributes.
  await start();
  await page.evaluate(() => {
    const element = document.querySelector('voiceprint-check');
    if (element !== null) document.body.prepend(element);
  });
  await untilClosed();
  await start();
  await page.evaluate(() => {
    const element = document.querySelector('voiceprint-check');
    element?.setAttribute('mode', 'nonsense');
    element?.setAttribute('speaker', 'ben');
  });
  await untilClosed();
  await inState(page, 'consent');
  await page.evaluate(() => {
    const element = document.querySelector('voiceprint-check');
    for (const name of ['mode', 'speaker']) element?.removeAttribute(name);
  });
  await expect(widget(page)).toHaveAccessibleName('Voice check for me');
  await page.evaluate(() =>
    document.querySelector('voiceprint-check')?.setAttribute('speaker', ''),
  );
  await inState(page, 'error');

  // It leaves while it records; the verifier is the page's and stays.
  await page.evaluate(() =>
    document.querySelector('voiceprint-check')?.setAttribute('speaker', 'ada'),
  );
  await start();
  await page.evaluate(() => document.querySelector('voiceprint-check')?.remove());
  await untilClosed();
  expect(await page.evaluate(async () => (await window.verifier.list()).length)).toBe(1);
});

test('two elements of a module that is there twice share a verifier and do not mix people up', async ({
  page,
  site,
}) => {
  await openPage(page, site);
  await page.addScriptTag({ type: 'module', url: './package/dist/widget.js?again' });
  await enroll(page, 'ben', ['ben-1', 'ben-2']);
  await addWidget(page, 'ada', 'ada-3');
  await addWidget(page, 'ben', 'ada-3');
  for (const nth of [0, 1]) {
    await inState(page, 'ready', nth);
    await page.getByTestId('widget-start').first().click();
  }
  await inState(page, 'accepted', 0);
  await inState(page, 'rejected', 1);
  expect(await stillOpen(page)).toEqual(closed);
});

test('a microphone that is refused or missing is named, and asking again is possible', async ({
  page,
  context,
  site,
}) => {
  await openPage(page, site);
  await addWidget(page, 'ada');
  const failing = (name: string) =>
    page.evaluate((name) => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('no', name);
      };
      const element = document.querySelector('voiceprint-check');
      if (element !== null) element.getStream = undefined;
    }, name);
  for (const [name, words] of [
    ['NotAllowedError', 'blocked'],
    ['NotFoundError', 'No microphone'],
  ] as const) {
    await failing(name);
    await inState(page, 'ready');
    await page.getByTestId('widget-start').click();
    await inState(page, 'error');
    await expect(page.getByTestId('widget-reason')).toContainText(words);
    await page.getByTestId('widget-again').click();
  }
  await inState(page, 'ready');
  expect(context.pages().length).toBe(1);
  expect(await page.evaluate(() => window.sent)).toEqual([
    'error: speaker error',
    'error: speaker error',
  ]);
});

test('an element that is taken away while it loads, again and again, leaves nothing behind', async ({
  page,
  site,
}) => {
  await page.goto(site);
  await page.addScriptTag({ type: 'module', url: './package/dist/widget.js' });
  await page.evaluate(async () => {
    const element = document.createElement('voiceprint-check');
    element.mode = 'verify';
    for (let round = 0; round < 5; round++) {
      document.body.append(element);
      await new Promise((resolve) => setTimeout(resolve, round * 60));
      element.remove();
    }
  });
  const session = await page.context().browser()?.newBrowserCDPSession();
  const workers = async () =>
    (await session?.send('Target.getTargets'))?.targetInfos.filter(({ type }) => type === 'worker')
      .length;
  await expect.poll(workers).toBe(0);
  await page.evaluate(() => {
    document.body.append(document.createElement('voiceprint-check'));
  });
  await inState(page, 'consent');
});

test('three elements of a page share one worker, one wasm and one model', async ({
  page,
  site,
}) => {
  const requests = watchRequests(page);
  await page.goto(site);
  await page.addScriptTag({ type: 'module', url: './package/dist/widget.js' });
  await page.evaluate(() => {
    for (let i = 0; i < 3; i++) {
      const element = document.createElement('voiceprint-check');
      element.mode = 'verify';
      document.body.append(element);
    }
  });
  const loading = () =>
    page.evaluate(() =>
      Array.from(document.querySelectorAll('voiceprint-check'), ({ state }) => state).filter(
        (state) => state === 'loading',
      ),
    );
  await expect.poll(loading, { timeout: 60_000 }).toEqual([]);
  const fetched = (pattern: RegExp) => requests.filter((address) => pattern.test(address)).length;
  expect([fetched(/ort-wasm[^/]*\.wasm/), fetched(/default\/model\.onnx/)]).toEqual([1, 1]);
  const session = await page.context().browser()?.newBrowserCDPSession();
  const workers = async () =>
    (await session?.send('Target.getTargets'))?.targetInfos.filter(
      ({ type, url }) => type === 'worker' && url.includes('engine.worker'),
    ).length;
  expect(await workers()).toBe(1);
  await page.evaluate(() => {
    const [first, ...others] = document.querySelectorAll('voiceprint-check');
    for (const element of others) element.remove();
    return first?.state;
  });
  expect(await workers()).toBe(1);
  await page.evaluate(() => document.querySelector('voiceprint-check')?.remove());
  await expect.poll(workers).toBe(0);
});
