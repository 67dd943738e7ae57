/** A strict project of somebody else. */
export const PROJECT = {
  target: 'es2022',
  lib: ['es2023', 'dom', 'dom.iterable'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  types: [],
};

/** What must hold of a subpath's types beyond that they compile: names that once were `any`. */
const USES: Readonly<Record<string, string>> = {
  index: `const made: Promise<entry.Verifier> = entry.createVerifier({ vault: 'memory' });
export const code: entry.VoiceprintErrorCode = 'audio/too-short';
export const solid: IsAny<entry.Verification> | IsAny<entry.VerifierOptions> = false;
export const accepted = made.then((verifier) => verifier.verify('ada', new Blob())).then((r): boolean => r.accepted);`,
  widget: `const element: HTMLElement = new entry.VoiceprintCheck();
element.addEventListener('click', () => undefined);
export const solid: IsAny<entry.VoiceprintCheck> = false;`,
  convert: `export const solid: IsAny<entry.Manifest> | IsAny<entry.ModelFolder> = false;
export const version = (manifest: entry.Manifest): string => manifest.version;
// @ts-expect-error A manifest has no such field, so its type says what it has.
export const wrong = (manifest: entry.Manifest) => manifest.nothingOfTheKind;`,
  checkpoint: `export const solid: IsAny<entry.Checkpoint> = false;`,
  features: `export const solid: IsAny<entry.FrontEnd> = false;`,
  graphs: `export const bytes: Uint8Array = entry.buildGraph('ECAPA_TDNN', {}, new Map());`,
  metrics: `export const rate: number = entry.equalErrorRate(entry.rankTrials(new Float64Array(2), [true, false]));`,
};

/** A module that imports a subpath in full and uses its types. */
export function typedUse(name: string, subpath: string): string {
  return `import * as entry from '${subpath}';
export type IsAny<T> = 0 extends 1 & T ? true : false;
export const everything: Readonly<Record<string, unknown>> = entry;
${USES[name] ?? ''}
`;
}
