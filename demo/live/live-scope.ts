import { html, type PropertyValues, type TemplateResult } from 'lit';
import { onLogMel } from '../parts/log-mel-client.js';
import { clock, score as scoreWords } from '../state/words.js';
import { CanvasView } from './canvas-view.js';
import { drawScores } from './draw-scores.js';
import { drawTurns } from './draw-turns.js';
import type { LiveSession } from './live-session.js';
import { MelRing } from './mel-ring.js';
import type { Palette } from './voice-colours.js';
import { turnWords } from './words.js';

/** Seconds from the left to the right edge: fewer where there is less room. */
const WIDE_SECONDS = 20;
const NARROW_SECONDS = 10;
const NARROW = 560;

const GAP = 10;
const LANE = 22;
const AXIS = 20;
const MEL_SHARE = 0.36;
/** Seconds between marks of the axis. */
const MARK = 5;
/** Redraws per second without animation. */
const CALM_MILLISECONDS = 250;

/**
 * Log-mel picture, score curves and turns of the last seconds over one another, on one axis of
 * time. With reduced motion the picture stands still and is filled from left to right instead.
 */
class LiveScope extends CanvasView {
  static override properties = { session: { attribute: false }, version: { attribute: false } };
  declare session: LiveSession | undefined;
  /** Changes when there is something new to say about it. */
  declare version: number;

  readonly #mel = new MelRing();
  readonly #box = { top: 0, height: 0, width: 0, from: 0, to: 0 };
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  readonly #marks = new Map<number, string>();
  #deafen: (() => void) | undefined;
  #pictureId = 0;
  #shown = 0;
  #paintedAt = 0;
  #loop: number | undefined;
  #pointer: number | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#deafen = onLogMel((answer) => {
      if (answer.kind !== 'columns' || answer.id !== this.session?.pictureId) return;
      if (answer.id !== this.#pictureId) {
        this.#mel.clear();
        this.#pictureId = answer.id;
        this.#shown = 0;
      }
      this.#mel.add(answer);
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#deafen?.();
    if (this.#loop !== undefined) cancelAnimationFrame(this.#loop);
    this.#loop = undefined;
  }

  protected override render(): TemplateResult {
    return html`<canvas
        role="img"
        aria-label=${this.#summary()}
        data-testid="live-scope"
        @pointermove=${this.#point}
        @pointerleave=${this.#leave}
      ></canvas>
      <p class="tip" aria-hidden="true" hidden></p>`;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('session') || !this.session) return;
    this.#mel.clear();
    this.#pictureId = this.session.pictureId;
    this.#shown = 0;
  }

  protected override updated(): void {
    this.requestPaint();
    if (this.session && this.session.phase !== 'ended') this.#run();
  }

  /** What the picture shows, for those who do not see it. */
  #summary(): string {
    const now = this.session?.current;
    const shown =
      'Log-mel picture, score against the threshold, and who spoke, of the last seconds';
    if (!now) return `${shown}. Nothing yet.`;
    return `${shown}. Best score ${scoreWords(now.score)}, needed ${scoreWords(now.threshold)}.`;
  }

  #run(): void {
    this.#loop ??= requestAnimationFrame(this.#tick);
  }

  readonly #tick = (time: number): void => {
    this.#loop = undefined;
    const { session } = this;
    if (!session) return;
    const elapsed = Math.min(0.25, Math.max(0, (time - this.#paintedAt) / 1000));
    if (!this.#calm.matches || time - this.#paintedAt >= CALM_MILLISECONDS) {
      this.#paintedAt = time;
      this.#follow(session.heardSeconds, session.phase === 'listening' ? elapsed : 0);
      this.requestPaint();
    }
    const late = Math.abs(session.heardSeconds - this.#shown) > 0.01;
    if (session.phase === 'listening' || late) this.#run();
  };

  /** Audio comes in jumps; what is shown glides after it, and jumps when it is far behind. */
  #follow(heard: number, elapsed: number): void {
    const ahead = heard - (this.#shown + elapsed);
    if (this.#calm.matches || Math.abs(ahead) > 1) this.#shown = heard;
    else this.#shown = Math.min(heard + 0.25, this.#shown + elapsed + ahead * 0.12);
  }

  protected override paint(
    context: CanvasRenderingContext2D,
    palette: Palette,
    width: number,
    height: number,
  ): void {
    const box = this.#box;
    const span = width < NARROW ? NARROW_SECONDS : WIDE_SECONDS;
    const calm = this.#calm.matches;
    box.from = calm ? Math.floor(this.#shown / span) * span : Math.max(0, this.#shown - span);
    box.to = box.from + span;
    box.width = width;

    const room = height - LANE - AXIS - 2 * GAP;
    const melHeight = Math.round(room * MEL_SHARE);
    context.fillStyle = '#06110e';
    context.fillRect(0, 0, width, melHeight);
    this.#mel.draw(context, 0, width, melHeight, box.from, box.to);

    box.top = melHeight + GAP;
    box.height = room - melHeight;
    context.fillStyle = palette.line;
    context.fillRect(0, box.top + box.height, width, 1);
    const { session } = this;
    if (session) {
      const { speakers } = session.settings;
      const speaker = session.silent ? undefined : session.current?.speaker;
      const accepted = speaker === undefined ? -1 : speakers.indexOf(speaker);
      drawScores(context, palette, session.scores, accepted, box, speakers.length);
    }

    box.top = melHeight + GAP + box.height + GAP;
    box.height = LANE;
    if (session) drawTurns(context, palette, session.turns, session.settings.speakers, box);
    this.#drawAxis(context, palette, height);
    this.#drawPointer(context, palette, height);
  }

  #drawAxis(context: CanvasRenderingContext2D, palette: Palette, height: number): void {
    const { from, to, width } = this.#box;
    const scale = width / (to - from);
    context.fillStyle = palette.muted;
    context.font = palette.font;
    context.textAlign = 'left';
    context.textBaseline = 'alphabetic';
    for (let second = Math.ceil(from / MARK) * MARK; second < to; second += MARK) {
      const x = (second - from) * scale;
      if (x > width - 30) break;
      context.fillRect(x, height - AXIS + 5, 1, 5);
      context.fillText(this.#mark(second), x + 4, height - 4);
    }
  }

  #mark(second: number): string {
    let words = this.#marks.get(second);
    if (words === undefined) {
      if (this.#marks.size > 64) this.#marks.clear();
      words = clock(second);
      this.#marks.set(second, words);
    }
    return words;
  }

  #drawPointer(context: CanvasRenderingContext2D, palette: Palette, height: number): void {
    if (this.#pointer === undefined) return;
    context.fillStyle = palette.ink;
    context.globalAlpha = 0.5;
    context.fillRect(this.#pointer, 0, 1, height - AXIS);
    context.globalAlpha = 1;
  }

  readonly #point = (event: PointerEvent): void => {
    const { session } = this;
    const tip = this.querySelector<HTMLElement>('.tip');
    if (!session || !tip) return;
    this.#pointer = event.offsetX;
    const { from, to, width } = this.#box;
    const seconds = from + (event.offsetX / width) * (to - from);
    tip.hidden = seconds > session.heardSeconds;
    tip.textContent = `${clock(seconds)} · ${turnWords(session.turns.at(seconds))}${this.#scoreAt(seconds)}`;
    tip.style.setProperty('--x', `${event.offsetX}px`);
    tip.classList.toggle('left', event.offsetX > width / 2);
    this.requestPaint();
  };

  #scoreAt(seconds: number): string {
    const { session } = this;
    if (!session) return '';
    const { scores, settings } = session;
    const index = scores.indexFrom(seconds);
    if (index >= scores.end || scores.timeAt(index) - seconds > 0.6) return '';
    let best = Number.NEGATIVE_INFINITY;
    for (let speaker = 0; speaker < settings.speakers.length; speaker++) {
      const value = scores.scoreAt(index, speaker);
      if (value > best) best = value;
    }
    return Number.isFinite(best) ? ` · ${scoreWords(best)}` : '';
  }

  readonly #leave = (): void => {
    this.#pointer = undefined;
    const tip = this.querySelector<HTMLElement>('.tip');
    if (tip) tip.hidden = true;
    this.requestPaint();
  };
}

customElements.define('live-scope', LiveScope);
