import { css } from 'lit';

/**
 * Colours follow the page's `color-scheme`; `theme="auto"` on the element follows the system
 * instead. Browsers without `light-dark()` get the light colours.
 */
export const styles = css`
  :host {
    --_accent: var(--voiceprint-accent, #00705f);
    --_on-accent: var(--voiceprint-on-accent, #ffffff);
    --_surface: var(--voiceprint-surface, #ffffff);
    --_text: var(--voiceprint-text, #0c1613);
    --_muted: var(--voiceprint-muted, #55625d);
    --_line: var(--voiceprint-line, #d5dedb);
    --_accept: var(--voiceprint-accept, #00705f);
    --_reject: var(--voiceprint-reject, #b03a1c);
    --_radius: var(--voiceprint-radius, 20px);
    display: block;
    max-inline-size: 30rem;
    font-family: var(--voiceprint-font, inherit);
    line-height: 1.5;
    color: var(--_text);
    text-align: start;
  }
  @supports (color: light-dark(red, red)) {
    :host {
      --_accent: var(--voiceprint-accent, light-dark(#00705f, #45e3c2));
      --_on-accent: var(--voiceprint-on-accent, light-dark(#ffffff, #04211b));
      --_surface: var(--voiceprint-surface, light-dark(#ffffff, #121a17));
      --_text: var(--voiceprint-text, light-dark(#0c1613, #ecf3f0));
      --_muted: var(--voiceprint-muted, light-dark(#55625d, #9cada6));
      --_line: var(--voiceprint-line, light-dark(#d5dedb, #2b3934));
      --_accept: var(--voiceprint-accept, light-dark(#00705f, #45e3c2));
      --_reject: var(--voiceprint-reject, light-dark(#b03a1c, #ff9776));
    }
  }
  :host([hidden]) { display: none; }
  :host([theme='light']) { color-scheme: light; }
  :host([theme='dark']) { color-scheme: dark; }
  :host([theme='auto']) { color-scheme: light dark; }
  * { box-sizing: border-box; margin: 0; }

  .card {
    display: flex;
    flex-direction: column;
    gap: 1rem;
    min-block-size: 20rem;
    padding: clamp(1.1rem, 5cqi, 1.6rem);
    background: var(--_surface);
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
  }
  .head { display: flex; align-items: center; gap: 0.75rem; }
  .badge {
    flex: none;
    display: grid;
    place-items: center;
    inline-size: 2.5rem;
    block-size: 2.5rem;
    border-radius: 50%;
    color: var(--_accent);
    background: color-mix(in srgb, currentColor 14%, transparent);
  }
  .badge svg { inline-size: 1.35rem; block-size: 1.35rem; }
  .badge.accepted, .badge.enrolled { color: var(--_on-accent); background: var(--_accept); }
  .badge.paused { color: var(--_muted); }
  .badge.rejected, .badge.error { color: var(--_surface); background: var(--_reject); }
  h2 { font-size: 1.25rem; font-weight: 650; letter-spacing: -0.01em; line-height: 1.2; }
  h2:focus { outline: none; }
  .who { color: var(--_muted); font-size: 0.875rem; overflow-wrap: anywhere; }
  .body { flex: 1; display: flex; flex-direction: column; gap: 0.9rem; }
  .prompt {
    padding-inline-start: 0.9rem;
    border-inline-start: 3px solid var(--_accent);
    color: var(--_muted);
    text-wrap: pretty;
  }
  .notice { color: var(--_reject); }

  dl { display: grid; gap: 0.7rem; }
  dt { font-weight: 600; font-size: 0.875rem; }
  dd { color: var(--_muted); font-size: 0.9375rem; }

  .actions { display: flex; flex-wrap: wrap; gap: 0.6rem; }
  button {
    min-block-size: 2.75rem;
    padding: 0.5rem 1.15rem;
    font: inherit;
    font-weight: 600;
    color: var(--_text);
    background: transparent;
    border: 1px solid var(--_line);
    border-radius: 999px;
    cursor: pointer;
    transition: background-color 120ms, border-color 120ms;
  }
  button:hover { border-color: var(--_muted); }
  button.primary { color: var(--_on-accent); background: var(--_accent); border-color: transparent; }
  button.primary:hover { background: color-mix(in srgb, var(--_accent) 86%, var(--_text)); }
  button.link {
    min-block-size: 1.75rem;
    padding: 0.1rem 0;
    color: var(--_muted);
    border: 0;
    border-radius: 4px;
    font-size: 0.8125rem;
    font-weight: 500;
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }
  button.link:hover { color: var(--_text); }
  button.danger { color: var(--_reject); }
  :focus-visible { outline: 3px solid var(--_accent); outline-offset: 2px; }

  .meter { display: block; inline-size: 100%; block-size: 5rem; color: var(--_line); }
  .meter rect { fill: currentColor; }
  .meter :is(.heard, .accepted) { color: var(--_accept); }
  .meter .heard { color: var(--_accent); }
  .meter .rejected { color: var(--_reject); }
  .meter .unknown { color: var(--_muted); }
  .bar {
    display: block;
    inline-size: 100%;
    block-size: 0.5rem;
    border-radius: 999px;
    background: var(--_line);
    overflow: hidden;
  }
  .fill {
    inline-size: 100%;
    block-size: 100%;
    background: var(--_accent);
    border-radius: inherit;
    transform: translateX(calc((var(--share, 0) - 1) * 100%));
    transition: transform 120ms linear;
  }
  .bar.unknown .fill { transform: none; inline-size: 35%; animation: sweep 1.4s ease-in-out infinite; }
  @keyframes sweep {
    from { transform: translateX(-100%); }
    to { transform: translateX(290%); }
  }
  .row { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; font-size: 0.9375rem; }
  .row .quiet { color: var(--_muted); font-variant-numeric: tabular-nums; }
  .count { font-weight: 600; font-variant-numeric: tabular-nums; }

  .axis { position: relative; block-size: 2.75rem; }
  .axis::before {
    content: '';
    position: absolute;
    inset: 1.55rem 0 auto;
    block-size: 0.5rem;
    border-radius: 999px;
    background: linear-gradient(
      to right,
      var(--_line) calc(var(--threshold) * 100%),
      color-mix(in srgb, var(--_accept) 45%, transparent) calc(var(--threshold) * 100%)
    );
  }
  .tick {
    position: absolute;
    inset-block: 1.2rem 0;
    inset-inline-start: calc(var(--threshold) * 100%);
    inline-size: 2px;
    block-size: 1.2rem;
    background: var(--_text);
  }
  .dot {
    position: absolute;
    inset-block-start: 1.3rem;
    inset-inline-start: calc(var(--score) * 100%);
    inline-size: 1rem;
    block-size: 1rem;
    margin-inline-start: -0.5rem;
    border: 3px solid var(--_surface);
    border-radius: 50%;
    background: var(--_dot);
    box-shadow: 0 0 0 2px var(--_dot);
  }
  .axis { --_dot: var(--_muted); }
  .axis.accepted { --_dot: var(--_accept); }
  .axis.rejected { --_dot: var(--_reject); }
  .axis.slim { block-size: 1.5rem; }
  .axis.slim::before { inset-block-start: 0.5rem; }
  .axis.slim .tick { inset-block: 0.15rem auto; }
  .axis.slim .dot { inset-block-start: 0.25rem; transition: inset-inline-start 200ms linear; }
  .axis[data-empty] :is(.tick, .dot) { visibility: hidden; }
  .detail { min-block-size: 3em; }
  .on { display: inline-flex; align-items: center; gap: 0.45rem; color: var(--_muted); }
  .on::before {
    content: '';
    inline-size: 0.55rem;
    block-size: 0.55rem;
    border-radius: 50%;
    background: var(--_reject);
  }
  .on.off::before { background: transparent; box-shadow: inset 0 0 0 2px var(--_muted); }

  .foot { display: grid; gap: 0.35rem; padding-block-start: 0.9rem; border-block-start: 1px solid var(--_line); }
  .honest { color: var(--_muted); font-size: 0.8125rem; text-wrap: pretty; }
  .forget { display: flex; flex-wrap: wrap; align-items: center; gap: 0.9rem; font-size: 0.8125rem; }
  .announcer {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  @media (prefers-reduced-motion: reduce) {
    .fill, button, .axis.slim .dot { transition: none; }
    .bar.unknown .fill { animation: none; inline-size: 100%; opacity: 0.5; }
  }
  @media (forced-colors: active) {
    .bar, .axis::before { border: 1px solid CanvasText; }
    .fill, .dot, .axis::before { forced-color-adjust: none; background: Highlight; }
    .axis::before { background: Canvas; }
    .tick { background: CanvasText; }
    .meter { color: GrayText; }
    .meter :is(.heard, .accepted) { color: Highlight; }
    .meter :is(.rejected, .unknown) { color: CanvasText; }
    button.primary { border-color: ButtonText; }
  }
`;
