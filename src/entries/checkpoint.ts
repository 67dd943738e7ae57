/**
 * `voiceprint-web/checkpoint`: PyTorch and safetensors files, read without running their code.
 *
 * @packageDocumentation
 */
export {
  CHECKPOINT_LIMITS,
  type Checkpoint,
  type CheckpointLimits,
  type MetadataValue,
  readCheckpoint,
  type Wrapping,
} from '../checkpoint/index.js';
export { VoiceprintError, type VoiceprintErrorCode } from '../errors.js';
export type { NamedTensors, Tensor, TensorDtype } from '../tensor.js';
