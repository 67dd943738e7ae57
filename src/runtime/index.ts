export { openRuntime } from './runtime.js';
export type {
  Runtime,
  StreamingSession,
} from './types.js';
