import { html, nothing, type TemplateResult } from 'lit';
import '../live/event-list.js';
import '../live/live-scope.js';
import '../live/live-setup.js';
import '../live/turns-timeline.js';
import { aboutLive } from '../live/about-live.js';
import { costPanel } from '../live/cost-panel.js';
import { LiveSession, type LiveSettings } from '../live/live-session.js';
import { CAST, enrollingClips } from '../live/sample-conversation.js';
import { voiceNow, voiceTitle, whoNow } from '../live/who-now.js';
import { Announcer } from '../parts/announcer.js';
import '../parts/progress-bar.js';
import { nobodyYet } from '../parts/nobody-yet.js';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import { clock, errorWords } from '../state/words.js';

/** Who speaks now, while they speak. */
class LivePage extends StoreElement {
  #session: LiveSession | undefined;
  #settings: LiveSettings | undefined;
  #version = 0;
  #enrolling: number | undefined;
  #error = '';
  #announced = '';
  readonly #announcer = new Announcer((words) => {
    this.#announced = words;
    this.requestUpdate();
  });

  readonly #onChange = (): void => {
    this.#version += 1;
    if (this.#session) this.#announcer.announce(voiceTitle(voiceNow(this.#session)));
    this.requestUpdate();
  };

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#announcer.stop();
    void this.#session?.stop();
  }

  protected override updated(): void {
    for (const coloured of this.querySelectorAll<HTMLElement>('.now, .bars li')) {
      const { colour } = coloured.dataset;
      if (colour) coloured.style.setProperty('--colour', `var(${colour})`);
      else coloured.style.removeProperty('--colour');
    }
    for (const track of this.querySelectorAll<HTMLElement>('.track')) {
      const { score, threshold } = track.dataset;
      track.style.setProperty('--score', score || '0');
      track.style.setProperty('--threshold', threshold || '1');
    }
    for (const fill of this.querySelectorAll<HTMLElement>('.cost [data-share]')) {
      fill.style.setProperty('--share', fill.dataset.share ?? '0');
    }
  }

  protected override render(): TemplateResult {
    const nobody = store.verifier && !store.people.some(({ comparable }) => comparable);
    return html`
      <header class="task">
        <h1 tabindex="-1">Who speaks now?</h1>
        <p class="lead">A stream of audio goes in, and the page knows, while they talk, whose voice it is.</p>
      </header>
      ${nobody ? this.#emptyView() : this.#liveView()} ${aboutLive(this.#settings)}
      <p class="visually-hidden" role="status" aria-live="polite" data-testid="live-status">${this.#announced}</p>
    `;
  }

  #emptyView(): TemplateResult {
    return html`<div class="task live-empty">
      ${nobodyYet(
        'Enroll yourself, or let two synthesized voices stand in: they talk with a stranger, and the page tells who is who.',
        html`<button
          type="button"
          class="button"
          data-testid="enroll-examples"
          ?disabled=${this.#enrolling !== undefined}
          @click=${this.#enrollExamples}
        >
          Use the example voices
        </button>`,
      )}
      ${
        this.#enrolling === undefined
          ? nothing
          : html`<progress-bar label="Enrolling the example voices" .done=${this.#enrolling}></progress-bar>`
      }
      <p class="problem" role="alert" data-testid="live-error">${this.#error}</p>
    </div>`;
  }

  #liveView(): TemplateResult {
    const session = this.#session;
    const running = session !== undefined && session.phase !== 'ended';
    return html`<div class="live ${running ? 'running' : ''}">
      <div class="aside">
        <live-setup ?running=${running} @start=${this.#start}></live-setup>
        ${costPanel(session)}
      </div>
      <section class="stage" aria-label="Live" data-testid="stage" data-phase=${session?.phase ?? 'idle'}>
        ${whoNow(session)}
        <p class="problem" role="alert" data-testid="live-error">${this.#problem()}</p>
        <p class="degraded" data-testid="degraded" role="status">${session?.degraded?.message ?? ''}</p>
        <live-scope .session=${session} .version=${this.#version}></live-scope>
        ${this.#controls(session)}
      </section>
      <section class="conversation" aria-label="Who spoke when">
        <h2>Who spoke when</h2>
        <turns-timeline .session=${session} .version=${this.#version}></turns-timeline>
      </section>
      <event-list .session=${session} .version=${this.#version}></event-list>
    </div>`;
  }

  #problem(): string {
    const failure = this.#session?.failure;
    return failure ? errorWords(failure) : this.#error;
  }

  #controls(session: LiveSession | undefined): TemplateResult {
    const phase = session?.phase ?? 'ended';
    const paused = phase === 'paused';
    const played = session?.played;
    const button = (id: string, words: string, off: boolean, action: () => void) =>
      html`<button type="button" class="button small" data-testid="live-${id}" ?disabled=${off} @click=${action}>
        ${words}
      </button>`;
    const off = phase !== 'listening' && !paused;
    return html`<div class="row controls">
      ${button('pause', paused ? 'Resume' : 'Pause', off, () => void (paused ? session?.resume() : session?.pause()))}
      ${button('restart', 'Start over', off, () => void session?.restart())}
      ${button('stop', 'Stop', phase === 'ended', () => void session?.stop())}
      <span class="hint number" data-testid="live-clock">
        ${session ? clock(session.heardSeconds) : '0:00'}${played ? ` of ${clock(played.of)}` : ''}
      </span>
      <span class="hint">${session?.stream.microphone?.label ?? ''}</span>
    </div>`;
  }

  readonly #start = ({ detail }: CustomEvent<LiveSettings>): void => {
    const { verifier } = store;
    if (!verifier) return;
    this.#error = '';
    this.#settings = detail;
    try {
      this.#session = new LiveSession(verifier, detail);
      this.#session.addEventListener('change', this.#onChange);
    } catch (error) {
      this.#error = errorWords(error);
    }
    this.#onChange();
    const pause = '[data-testid="live-stop"]';
    void this.updateComplete.then(() => {
      this.querySelector('.stage')?.scrollIntoView({ block: 'nearest' });
      this.querySelector<HTMLElement>(pause)?.focus({ preventScroll: true });
    });
  };

  readonly #enrollExamples = async (): Promise<void> => {
    const { verifier } = store;
    if (!verifier) return;
    this.#error = '';
    try {
      for (const [index, speaker] of CAST.entries()) {
        this.#enrolling = index / CAST.length;
        this.requestUpdate();
        await verifier.enroll(speaker, await enrollingClips(speaker), {
          onProgress: (done) => {
            this.#enrolling = (index + done) / CAST.length;
            this.requestUpdate();
          },
        });
      }
      await store.refreshPeople();
      await this.updateComplete;
      const setup = this.querySelector('live-setup');
      setup?.chooseExample();
      // Its button is there once it has rendered itself.
      await setup?.updateComplete;
      this.querySelector<HTMLElement>('[data-testid="live-start"]')?.focus();
    } catch (error) {
      this.#error = errorWords(error);
    } finally {
      this.#enrolling = undefined;
      this.requestUpdate();
    }
  };
}

customElements.define('live-page', LivePage);
