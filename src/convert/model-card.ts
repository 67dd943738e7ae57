import type { Manifest } from '../models/manifest.js';

/** Around the section of a card that `voiceprint calibrate` writes anew. */
export const MEASURED_SECTION = {
  begin: '<!-- measured by "voiceprint calibrate" -->',
  end: '<!-- end of what was measured -->',
} as const;

/** The skeleton of a model card: what conversion knows is filled in, the rest is left to say. */
export function modelCard(
  manifest: Manifest,
  parameters: number,
  notes: readonly string[],
): string {
  const { name, upstream, precision, frontEnd, files, embeddingSize } = manifest;
  const megabytes = (files.model.bytes / 1e6).toFixed(2);
  const assumptions =
    notes.length === 0
      ? ''
      : `\n## Assumed in conversion\n\n${notes.map((note) => `- ${note}`).join('\n')}\n`;
  return `# ${name}

A speaker encoder converted by \`voiceprint convert\`.

| | |
|---|---|
| architecture | ${manifest.architecture} (\`${upstream.class}\`) |
| parameters | ${parameters.toLocaleString('en')} |
| precision of the weights | ${precision} |
| size | ${megabytes} MB |
| input | ${manifest.sampleRate} Hz, front end \`${frontEnd.recipe}\` ${JSON.stringify(frontEnd.parameters)} |
| embedding | ${embeddingSize} values |
| licence | ${manifest.licence} |
${assumptions}
## Training

To be written: the data, the recipe, who it covers and who it does not.

## Measured

${MEASURED_SECTION.begin}

Nothing was measured yet, and no threshold is set. Run \`voiceprint calibrate\` on trials of your own.

${MEASURED_SECTION.end}

## Limits

Voice alone is no authenticator (NIST SP 800-63B-4): a replayed or cloned voice can pass.
`;
}
