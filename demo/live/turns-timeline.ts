import { html, nothing, type TemplateResult } from 'lit';
import { clock, plural, seconds } from '../state/words.js';
import { CanvasView } from './canvas-view.js';
import { drawTurns } from './draw-turns.js';
import type { LiveSession } from './live-session.js';
import { type Palette, voiceColour } from './voice-colours.js';
import { turnWords } from './words.js';

/** A short conversation does not fill the width. */
const SHORTEST_SECONDS = 30;
/** Rows of the list under the picture; the newest stay. */
const LISTED = 100;

/** Who spoke when, from the beginning: picture, legend with shares, and the same as a list. */
class TurnsTimeline extends CanvasView {
  static override properties = { session: { attribute: false }, version: { attribute: false } };
  declare session: LiveSession | undefined;
  /** Changes when there is something new to show. */
  declare version: number;

  readonly #box = { top: 0, height: 0, width: 0, from: 0, to: SHORTEST_SECONDS };
  #listed = false;

  protected override render(): TemplateResult {
    const count = this.session?.turns.list.length ?? 0;
    return html`
      <div class="picture">
        <canvas
          role="img"
          aria-label="Who spoke when: ${plural(count, 'turn')}; listed below"
          data-testid="turns"
          data-count=${count}
          @pointermove=${this.#point}
          @pointerdown=${this.#point}
          @pointerleave=${this.#leave}
        ></canvas>
        <p class="tip" aria-hidden="true" hidden></p>
      </div>
      ${this.#legend()}
      <details @toggle=${this.#toggle}>
        <summary>As a list</summary>
        ${this.#listed ? this.#list() : nothing}
      </details>
    `;
  }

  protected override updated(): void {
    for (const swatch of this.querySelectorAll<HTMLElement>('[data-colour]')) {
      swatch.style.setProperty('--colour', `var(${swatch.dataset.colour})`);
    }
    this.requestPaint();
  }

  #legend(): TemplateResult | typeof nothing {
    const { session } = this;
    if (!session) return nothing;
    const shares = session.turns.shares();
    const whole = [...shares.values()].reduce((sum, share) => sum + share, 0) || 1;
    const share = (speaker: string | undefined): string => {
      const spoken = shares.get(speaker) ?? 0;
      return `${seconds(spoken)}, ${Math.round((spoken / whole) * 100)} %`;
    };
    return html`<ul class="legend" data-testid="legend">
      ${session.settings.speakers.map(
        (speaker, place) => html`<li>
          <i data-colour=${voiceColour(place)}></i>${speaker}<span class="number">${share(speaker)}</span>
        </li>`,
      )}
      <li><i class="stranger"></i>Somebody else<span class="number">${share(undefined)}</span></li>
    </ul>`;
  }

  #list(): TemplateResult {
    const turns = this.session?.turns.list ?? [];
    if (turns.length === 0) return html`<p class="hint">Nobody has spoken yet.</p>`;
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Turns">
      <table>
        <thead>
          <tr><th scope="col">From</th><th scope="col">To</th><th scope="col">Who</th></tr>
        </thead>
        <tbody>
          ${turns.slice(-LISTED).map(
            (turn) => html`<tr>
                <td>${clock(turn.start)}</td><td>${clock(turn.end)}</td><td>${turnWords(turn)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  protected override paint(
    context: CanvasRenderingContext2D,
    palette: Palette,
    width: number,
    height: number,
  ): void {
    const { session } = this;
    const box = this.#box;
    box.width = width;
    box.height = height - 20;
    box.to = Math.max(SHORTEST_SECONDS, session?.heardSeconds ?? 0, session?.turns.end ?? 0);
    context.fillStyle = palette.line;
    context.fillRect(0, box.height, width, 1);
    if (session) drawTurns(context, palette, session.turns, session.settings.speakers, box);
    context.fillStyle = palette.muted;
    context.font = palette.font;
    context.textBaseline = 'alphabetic';
    context.textAlign = 'left';
    context.fillText('0:00', 0, height - 3);
    context.textAlign = 'right';
    context.fillText(clock(box.to), width, height - 3);
  }

  readonly #toggle = (event: Event): void => {
    this.#listed = event.target instanceof HTMLDetailsElement && event.target.open;
    this.requestUpdate();
  };

  readonly #point = (event: PointerEvent): void => {
    const { session } = this;
    const tip = this.querySelector<HTMLElement>('.tip');
    if (!session || !tip) return;
    const { to, width } = this.#box;
    const moment = (event.offsetX / width) * to;
    const turn = session.turns.at(moment);
    tip.hidden = moment > Math.max(session.heardSeconds, session.turns.end);
    tip.textContent = turn
      ? `${clock(turn.start)} to ${clock(turn.end)} · ${turnWords(turn)}`
      : `${clock(moment)} · ${turnWords(undefined)}`;
    tip.style.setProperty('--x', `${event.offsetX}px`);
    tip.classList.toggle('left', event.offsetX > width / 2);
  };

  readonly #leave = (): void => {
    const tip = this.querySelector<HTMLElement>('.tip');
    if (tip) tip.hidden = true;
  };
}

customElements.define('turns-timeline', TurnsTimeline);
