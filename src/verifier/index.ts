export type * from '../stream/types.js';
export { createVerifier } from './create-verifier.js';
export type * from './types.js';
