export { createVerifier } from './create-verifier.js';
export { RECORD_DEFAULTS, VERIFIER_DEFAULTS } from './options.js';
export type * from './types.js';
