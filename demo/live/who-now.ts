import { html, nothing, type TemplateResult } from 'lit';
import { STREAM_DEFAULTS } from 'voiceprint-web';
import { axisShare, evidence, score, seconds } from '../state/words.js';
import type { LiveSession } from './live-session.js';
import { voiceColour } from './voice-colours.js';

/** What is known about the voice at this moment. */
export type VoiceNow =
  | { readonly name: 'idle' | 'starting' | 'silent' | 'waiting' | 'paused' | 'ended' | 'failed' }
  | { readonly name: 'unknown' | 'rejected' }
  | { readonly name: 'accepted'; readonly speaker: string };

export function voiceNow(session: LiveSession | undefined): VoiceNow {
  if (!session) return { name: 'idle' };
  const { phase, failure, current, silent } = session;
  if (phase === 'starting' || phase === 'paused') return { name: phase };
  if (phase === 'ended') return { name: failure ? 'failed' : 'ended' };
  if (silent) return { name: 'silent' };
  if (!current) return { name: 'waiting' };
  if (current.decision === 'accepted' && current.speaker !== undefined) {
    return { name: 'accepted', speaker: current.speaker };
  }
  return { name: current.decision === 'rejected' ? 'rejected' : 'unknown' };
}

/** The headline, which is also what a screen reader is told. */
export function voiceTitle(voice: VoiceNow): string {
  switch (voice.name) {
    case 'idle':
      return 'Ready to listen';
    case 'starting':
      return 'Getting ready';
    case 'waiting':
      return 'Listening';
    case 'silent':
      return 'Nobody is speaking';
    case 'unknown':
      return 'Not sure yet';
    case 'accepted':
      return voice.speaker;
    case 'rejected':
      return 'Somebody else';
    case 'paused':
      return 'Paused';
    case 'ended':
      return 'Done';
    case 'failed':
      return 'It stopped';
  }
}

function detail(voice: VoiceNow, session: LiveSession | undefined): string {
  const now = session?.current;
  switch (voice.name) {
    case 'idle':
      return 'Press start: who speaks is told here, several times a second.';
    case 'starting':
      return session?.settings.source.kind === 'microphone'
        ? 'Allow the microphone in your browser to go on.'
        : 'Preparing the encoder.';
    case 'waiting':
      return 'Nothing that sounds like speech so far.';
    case 'silent':
      return 'What was heard is kept; the next words go on from there.';
    case 'unknown': {
      const needed = STREAM_DEFAULTS.minimumSeconds;
      return now && now.speechSeconds < needed
        ? `${seconds(now.speechSeconds)} of the ${seconds(needed)} of speech that a first decision takes.`
        : 'It takes a moment of speech to tell a voice.';
    }
    case 'accepted':
    case 'rejected':
      return now?.llr === undefined ? '' : evidence(now.llr);
    case 'paused':
      return 'What was heard is kept; nothing is heard until you resume.';
    case 'ended':
      return summaryWords(session);
    case 'failed':
      return 'What was heard until then is shown below.';
  }
}

function summaryWords(session: LiveSession | undefined): string {
  const summary = session?.summary;
  if (!summary) return '';
  const first =
    summary.firstDecisionSeconds === undefined
      ? 'no decision was reached'
      : `the first decision took ${seconds(summary.firstDecisionSeconds)} of speech`;
  return `${seconds(summary.seconds)} heard, ${seconds(summary.speechSeconds)} of it speech; ${first}.`;
}

/** The big panel: who speaks now, why that is believed, and how close the others are. */
export function whoNow(session: LiveSession | undefined): TemplateResult {
  const voice = voiceNow(session);
  const place = voice.name === 'accepted' ? session?.settings.speakers.indexOf(voice.speaker) : -1;
  return html`<div
    class="now ${voice.name}"
    data-testid="now"
    data-voice=${voice.name}
    data-speaker=${voice.name === 'accepted' ? voice.speaker : ''}
    data-colour=${place === undefined || place < 0 ? nothing : voiceColour(place)}
  >
    <p class="eyebrow">${eyebrow(voice)}</p>
    <p class="headline">${voiceTitle(voice)}</p>
    <p class="detail">${detail(voice, session)}</p>
    ${session ? candidateBars(session) : nothing}
  </div>`;
}

function eyebrow(voice: VoiceNow): string {
  switch (voice.name) {
    case 'accepted':
      return 'Speaking now: sounds like';
    case 'rejected':
      return 'Speaking now: none of them';
    case 'unknown':
      return 'Somebody speaks';
    case 'waiting':
    case 'silent':
      return 'Listening';
    default:
      return 'Live';
  }
}

/** Always in the same order, so that nothing jumps while the scores move. */
function candidateBars(session: LiveSession): TemplateResult {
  const now = session.current;
  const range = session.scoreRange;
  const scores = new Map(now?.candidates.map((candidate) => [candidate.speaker, candidate.score]));
  return html`<ul class="bars" aria-label="Scores">
    ${session.settings.speakers.map((speaker, place) => {
      const value = scores.get(speaker);
      return html`<li data-colour=${voiceColour(place)}>
        <span class="name">${speaker}</span>
        <span class="number">${value === undefined ? '–' : score(value)}</span>
        <span class="track" data-score=${value === undefined ? '' : axisShare(value, range)}
          data-threshold=${now === undefined ? '' : axisShare(now.threshold, range)}
          ><i></i><b></b
        ></span>
      </li>`;
    })}
  </ul>`;
}
