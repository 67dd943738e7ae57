export { openRuntime, RUNTIME_DEFAULTS, type RuntimeOptions } from './runtime.js';
export type {
  BackendName,
  BackendReport,
  Runtime,
  Session,
  StreamingOptions,
  StreamingSession,
  StreamState,
  TensorValue,
} from './types.js';
