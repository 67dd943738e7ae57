export { STREAM_DEFAULTS } from '../stream/options.js';
export type * from '../stream/types.js';
export { createVerifier } from './create-verifier.js';
export { RECORD_DEFAULTS, VERIFIER_DEFAULTS } from './options.js';
export type * from './types.js';
