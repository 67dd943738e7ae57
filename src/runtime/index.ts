export { openRuntime } from './runtime.js';
export type {
  Runtime,
  Session,
  StreamingSession,
  TensorValue,
} from './types.js';
