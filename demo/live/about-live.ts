import { html, type TemplateResult } from 'lit';
import type { LiveSettings } from './live-session.js';

/** How it decides, what it cannot do, and the code that does the same. */
export function aboutLive(settings: LiveSettings | undefined): TemplateResult {
  return html`<section class="about">
    <div>
      <h2>How it decides</h2>
      <ol class="how-live">
        <li>Silence is left out: only speech is compared.</li>
        <li>The last three seconds of speech become a voiceprint, four times a second.</li>
        <li>The score is smoothed, then held against a threshold that was measured.</li>
        <li>
          An accepted voice is kept until the score falls clearly below the threshold, so that a
          cough changes nothing; until there is enough speech the answer is “not sure yet”.
        </li>
      </ol>
      <h2>What it cannot do</h2>
      <ul class="how-live">
        <li>A recording played to the microphone, or a cloned voice, can pass as the person.</li>
        <li>Two people at once sound like neither of them.</li>
        <li>A change of voice is told a second or two late: the score looks back on what it heard.</li>
        <li>Thresholds were measured on whole utterances; a short “yes” says little about a voice.</li>
      </ul>
    </div>
    <div>
      <h2>The same in your page</h2>
      <pre tabindex="0" aria-label="TypeScript example"><code data-testid="live-code">${snippet(settings)}</code></pre>
      <p class="hint">Or with consent, states and words built in:</p>
      <pre tabindex="0" aria-label="HTML example"><code>${'<voiceprint-check speaker="ada" continuous></voiceprint-check>'}</code></pre>
    </div>
  </section>`;
}

function snippet(settings: LiveSettings | undefined): string {
  const speakers = settings?.speakers ?? ['Ada'];
  const who =
    speakers.length === 1 ? quoted(speakers[0] ?? '') : `[${speakers.map(quoted).join(', ')}]`;
  const file = settings?.source.kind === 'file';
  const options = [
    ...(file ? ["  source: 'pushed',"] : []),
    ...(settings?.falseAcceptRate === undefined
      ? []
      : [`  falseAcceptRate: ${settings.falseAcceptRate},`]),
    '  onSpeakerChange: ({ to }) => show(to ?? "somebody else"),',
    '  onNoSpeech: () => show("nobody"),',
  ];
  const push = file
    ? ['', '// 16 kHz mono, in pieces of any size', 'await stream.push(samples);']
    : [];
  return [
    "import { createVerifier } from 'voiceprint-web';",
    '',
    `const verifier = await createVerifier(${settings?.mode === 'window' ? '' : "{ streamingModel: 'streaming' }"});`,
    `const stream = verifier.stream(${who}, {`,
    ...options,
    '});',
    'await stream.ready;',
    ...push,
    '',
    'const { turns } = await stream.stop();',
  ]
    .join('\n')
    .replaceAll('"', "'");
}

function quoted(name: string): string {
  return `'${name.replaceAll("'", "\\'")}'`;
}
