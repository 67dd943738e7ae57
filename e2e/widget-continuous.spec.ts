import type { Page } from '@playwright/test';
import { enroll, expect, openVerifier, test } from './support/test.js';

declare global {
  interface Window {
    /** From now on the microphone hears this clip over and over; nothing without one. */
    say(clip?: string): Promise<void>;
    /** What the element sent, in order; scores are counted instead. */
    told: string[];
    scores: number;
    /** Live tracks of microphones that were handed out. */
    liveTracks(): number;
    announced: string[];
    refused: string[];
  }
}

test.use({ served: 'styled' });
test.describe.configure({ timeout: 120_000 });

/** Opens the page with a continuous check for Ada, whose microphone the test talks into. */
async function openWidget(page: Page, site: string): Promise<void> {
  await openVerifier(page, site, { vault: 'memory' });
  await enroll(page, 'ada', ['ada-1', 'ada-2']);
  await page.addScriptTag({ type: 'module', url: './package/dist/widget.js' });
  await page.evaluate(async () => {
    await customElements.whenDefined('voiceprint-check');
    window.told = [];
    window.scores = 0;
    window.announced = [];
    window.refused = [];
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) =>
      window.refused.push(violatedDirective),
    );
    const context = new AudioContext();
    const silence = context.createGain();
    let speaking: AudioBufferSourceNode | undefined;
    const microphone = context.createMediaStreamDestination();
    silence.connect(microphone);
    window.say = async (clip) => {
      speaking?.stop();
      speaking = undefined;
      if (clip === undefined) return;
      const file = await (await window.clip(clip)).arrayBuffer();
      speaking = context.createBufferSource();
      speaking.buffer = await context.decodeAudioData(file);
      speaking.loop = true;
      speaking.connect(silence);
      speaking.start();
    };
    const tracks: MediaStreamTrack[] = [];
    window.liveTracks = () => tracks.filter(({ readyState }) => readyState === 'live').length;
    const element = document.createElement('voiceprint-check');
    element.speaker = 'ada';
    element.continuous = true;
    element.listening = { silenceSeconds: 1.5 };
    element.verifier = window.verifier;
    element.getStream = async () => {
      const stream = new MediaStream(microphone.stream.getTracks().map((track) => track.clone()));
      tracks.push(...stream.getTracks());
      return stream;
    };
    element.addEventListener('voiceprint-voice', ({ detail }) => window.told.push(detail.voice));
    element.addEventListener('voiceprint-stopped', ({ detail }) =>
      window.told.push(`stopped with ${detail.summary.turns.length > 0 ? 'turns' : 'nothing'}`),
    );
    element.addEventListener('voiceprint-score', () => {
      window.scores += 1;
    });
    document.body.append(element);
    await element.updateComplete;
    const status = element.shadowRoot?.querySelector('[role=status]');
    if (!status) return;
    new MutationObserver(() => window.announced.push(status.textContent?.trim() ?? '')).observe(
      status,
      { childList: true, characterData: true, subtree: true },
    );
  });
}

const widget = (page: Page) => page.getByTestId('widget');
const hears = (page: Page, voice: string) =>
  expect(widget(page)).toHaveAttribute('data-voice', voice, { timeout: 45_000 });
const focused = (page: Page) =>
  page.evaluate(() =>
    document.activeElement?.shadowRoot?.activeElement?.getAttribute('data-testid'),
  );

test('a continuous check follows who speaks, pauses and stops, by keyboard', async ({
  page,
  site,
}) => {
  await openWidget(page, site);
  await expect(widget(page)).toHaveAttribute('data-state', 'ready');
  await expect(widget(page)).toContainText('stays on until you pause or stop');
  await page.getByTestId('widget-start').focus();
  await page.keyboard.press('Enter');
  await expect(widget(page)).toHaveAttribute('data-state', 'listening', { timeout: 45_000 });
  await hears(page, 'silence');
  await expect.poll(() => focused(page)).toBe('widget-pause');
  await page.evaluate(() => window.say('ada-3'));
  await hears(page, 'accepted');
  await expect(page.getByTestId('widget-title')).toHaveText('Sounds like ada');
  await expect(page.getByTestId('widget-score')).toContainText('needed');
  await page.evaluate(() => window.say('ben-3'));
  await hears(page, 'rejected');
  await page.evaluate(() => window.say());
  await hears(page, 'silence');

  await page.keyboard.press('Enter');
  await expect(widget(page)).toHaveAttribute('data-state', 'paused');
  await expect(page.getByTestId('widget-microphone')).toHaveText('Microphone off');
  await expect.poll(() => focused(page)).toBe('widget-resume');
  await page.keyboard.press('Enter');
  await expect(widget(page)).toHaveAttribute('data-state', 'listening');
  await page.getByTestId('widget-stop').click();
  await expect(widget(page)).toHaveAttribute('data-state', 'ready');
  expect(await page.evaluate(() => window.liveTracks())).toBe(0);

  const { told, scores, announced, refused } = await page.evaluate(() => {
    const { told, scores, announced, refused } = window;
    return { told, scores, announced, refused };
  });
  expect(told.filter((voice) => voice !== 'unknown')).toEqual([
    'accepted',
    'rejected',
    'silence',
    'stopped with turns',
  ]);
  expect(scores).toBeGreaterThan(4);
  // Far fewer words than scores: somebody listens to them.
  expect(announced.length).toBeLessThan(12);
  expect(refused).toEqual([]);
});

test('a continuous check ends in words and without a microphone when it is taken away', async ({
  page,
  site,
}) => {
  await openWidget(page, site);
  await page.evaluate(() => {
    const element = document.querySelector('voiceprint-check');
    if (!element) return;
    element.getStream = async () => {
      throw new DOMException('refused', 'NotAllowedError');
    };
  });
  await expect(widget(page)).toHaveAttribute('data-state', 'ready');
  await page.getByTestId('widget-start').click();
  await expect(widget(page)).toHaveAttribute('data-state', 'error');
  await expect(page.getByTestId('widget-reason')).toContainText('microphone is blocked');
  await page.evaluate(() => document.querySelector('voiceprint-check')?.remove());
  expect(await page.evaluate(() => window.liveTracks())).toBe(0);
});
