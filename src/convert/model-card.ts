import type { Manifest } from '../models/manifest.js';
import type { ConvertReport } from './types.js';

/** Around the section of a card that `voiceprint calibrate` writes anew. */
export const MEASURED_SECTION = {
  begin: '<!-- measured by "voiceprint calibrate" -->',
  end: '<!-- end of what was measured -->',
} as const;

/** Around the section of a card that a comparison with upstream writes anew. */
export const COMPARED_SECTION = {
  begin: '<!-- compared by "voiceprint parity-check" -->',
  end: '<!-- end of the comparison -->',
} as const;

/** The skeleton of a model card: what conversion knows is filled in, the rest is left to say. */
export function modelCard(
  manifest: Manifest,
  { parameters, notes, features }: Pick<ConvertReport, 'parameters' | 'notes' | 'features'>,
): string {
  const { name, upstream, precision, frontEnd, files, embeddingSize } = manifest;
  const megabytes = (files.model.bytes / 1e6).toFixed(2);
  const assumed = [...(features.assumed ? [describeAssumed(features)] : []), ...notes];
  const assumptions =
    assumed.length === 0
      ? ''
      : `\n## Assumed in conversion\n\n${assumed.map((note) => `- ${note}`).join('\n')}\n`;
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
## Compared with upstream

${COMPARED_SECTION.begin}

Not done. Run \`voiceprint parity-check\` with a few embeddings that upstream gives.

${COMPARED_SECTION.end}

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

/** Says that nothing told the features, and which others there are. */
export function describeAssumed({ name, others }: ConvertReport['features']): string {
  return `features ${name}${others.length === 0 ? '' : `; also possible: ${others.join(', ')}`}`;
}
