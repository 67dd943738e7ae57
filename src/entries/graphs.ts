/**
 * `voiceprint-web/graphs`: ONNX graphs of published speaker encoders, from upstream's class name,
 * constructor arguments and state dict.
 *
 * @packageDocumentation
 */
export { VoiceprintError, type VoiceprintErrorCode } from '../errors.js';
export * from '../graphs.js';
