/**
 * `voiceprint-web/convert`: from a checkpoint to a model folder, in memory.
 *
 * @packageDocumentation
 */
export * from '../convert/index.js';
