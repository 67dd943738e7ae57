/**
 * Every state of `<voiceprint-check>` side by side, for looking at them while changing styles;
 * `?only=paused` shows one.
 */
import { VoiceprintError } from 'voiceprint-web';
import { VoiceprintCheck } from 'voiceprint-web/widget';
import { type FakeScript, fakeVerifier } from './fake-verifier.js';
import '../styles/tokens.css';
import '../styles/base.css';
import './states.css';

const query = new URLSearchParams(location.search);
const theme = query.get('theme');
const only = query.get('only');
if (theme) document.documentElement.dataset.theme = theme;

interface Scene {
  readonly title: string;
  readonly script?: FakeScript;
  readonly consent?: boolean;
  readonly loading?: boolean;
  readonly continuous?: boolean;
  /** Buttons to press, by test id. */
  readonly press?: readonly string[];
}

const ada = { enrolled: ['Ada Lovelace'] } as const;
const scenes: readonly Scene[] = [
  { title: 'loading', loading: true, consent: true },
  { title: 'consent' },
  { title: 'ready to enroll', consent: true },
  { title: 'microphone', consent: true, script: { stepMilliseconds: Infinity }, press: ['start'] },
  { title: 'recording', consent: true, script: { holdSpeechSeconds: 2.6 }, press: ['start'] },
  { title: 'enrolled, short', consent: true, press: ['start', 'stop'] },
  { title: 'ready to verify', script: ada },
  { title: 'accepted', script: ada, press: ['start', 'stop'] },
  { title: 'rejected', script: { ...ada, score: 0.18 }, press: ['start', 'stop'] },
  {
    title: 'refused',
    script: { ...ada, refuse: new VoiceprintError('audio/no-speech', 'no speech') },
    press: ['start', 'stop'],
  },
  { title: 'asking to delete', script: ada, press: ['forget'] },
  { title: 'consent to listening', continuous: true },
  { title: 'ready to listen', continuous: true, script: ada },
  { title: 'nobody yet', continuous: true, script: { ...ada, fate: 'silent' }, press: ['start'] },
  { title: 'listening', continuous: true, script: ada, press: ['start'] },
  { title: 'paused', continuous: true, script: ada, press: ['start', 'wait', 'pause'] },
  { title: 'degraded', continuous: true, script: { ...ada, fate: 'degraded' }, press: ['start'] },
  { title: 'slow', continuous: true, script: { ...ada, fate: 'slow' }, press: ['start'] },
  {
    title: 'refused microphone',
    continuous: true,
    script: { ...ada, fate: 'refused' },
    press: ['start'],
  },
  {
    title: 'lost microphone',
    continuous: true,
    script: { ...ada, fate: 'lost' },
    press: ['start'],
  },
];

for (const [index, scene] of scenes.entries()) {
  if (only !== null && scene.title !== only) continue;
  const frame = document.createElement('figure');
  const caption = document.createElement('figcaption');
  caption.textContent = scene.title;
  const widget = new VoiceprintCheck();
  widget.speaker = 'Ada Lovelace';
  widget.continuous = scene.continuous ?? false;
  widget.vaultName = `states-${index}`;
  const key = `voiceprint-consent/states-${index}/Ada Lovelace`;
  if (scene.consent) localStorage.setItem(key, 'yes');
  else localStorage.removeItem(key);
  if (scene.loading) {
    widget.load = (options) => {
      options.onProgress?.({ stage: 'model', done: 0.62, bytes: 2_157_600, totalBytes: 3_480_000 });
      return new Promise(() => {});
    };
  } else widget.verifier = fakeVerifier(scene.script);
  frame.append(caption, widget);
  document.querySelector('main')?.append(frame);
  void play(widget, scene.press ?? []);
}

async function play(widget: VoiceprintCheck, press: readonly string[]): Promise<void> {
  for (const id of press) {
    if (id === 'wait') {
      await new Promise((resolve) => setTimeout(resolve, 4000));
      continue;
    }
    const button = await waitFor(() =>
      widget.shadowRoot?.querySelector<HTMLElement>(`[data-testid="widget-${id}"]`),
    );
    if (id === 'stop') await new Promise((resolve) => setTimeout(resolve, 600));
    button.click();
  }
}

async function waitFor<T>(find: () => T | null | undefined): Promise<T> {
  for (;;) {
    const found = find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
