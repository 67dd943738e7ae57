import { svg } from 'lit';
import type { CheckStateName } from '../session-state.js';

const MICROPHONE = svg`<path d="M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3Z"/><path d="M5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21"/>`;
const SHIELD = svg`<path d="M12 3 5 6v5c0 4.6 2.9 8.2 7 10 4.1-1.8 7-5.4 7-10V6l-7-3Z"/><path d="m9 12 2 2 4-4"/>`;
const TICK = svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`;
const CROSS = svg`<path d="m6.5 6.5 11 11m0-11-11 11"/>`;
const ALERT = svg`<path d="M12 6v8m0 4v.01"/>`;
const WAVE = svg`<path d="M4 10v4m4-7v10m4-13v16m4-13v10m4-7v4"/>`;

const PAUSE = svg`<path d="M9 6v12m6-12v12"/>`;

/** One drawing per state, on a 24 by 24 grid, stroked in the current colour. */
export const ICONS: Readonly<Record<CheckStateName, ReturnType<typeof svg>>> = {
  loading: WAVE,
  consent: SHIELD,
  ready: MICROPHONE,
  recording: MICROPHONE,
  working: WAVE,
  listening: WAVE,
  paused: PAUSE,
  enrolled: TICK,
  accepted: TICK,
  rejected: CROSS,
  error: ALERT,
};
