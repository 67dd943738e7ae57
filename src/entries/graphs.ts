/**
 * `voiceprint-web/graphs`: ONNX graphs of published speaker encoders, from upstream's class name,
 * constructor arguments and state dict.
 *
 * @packageDocumentation
 */
export {
  type Buckets,
  computeBias,
  relativePositionBucket,
} from '../architectures/beats/blocks/relative-positions.js';
export {
  buildGraph,
  describeGraph,
  type GraphOptions,
  isSupportedClass,
  SUPPORTED_CLASSES,
} from '../architectures/build-graph.js';
export { checkInputs } from '../architectures/check-inputs.js';
export type { GraphDescription, InputShapes, Port } from '../architectures/module.js';
export { recognizeArchitecture } from '../architectures/recognize.js';
export type { RecognizedArchitecture } from '../architectures/system.js';
export { VoiceprintError, type VoiceprintErrorCode } from '../errors.js';
export type { Precision } from '../onnx/index.js';
export type { NamedTensors, Tensor, TensorDtype } from '../tensor.js';
