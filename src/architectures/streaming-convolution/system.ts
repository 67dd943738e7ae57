import type { ArchitectureSystem } from '../system.js';
import { streamingConvolution } from './graph.js';

/** Convolutions with a cache, a part of encoders. */
export const streamingConvolutionSystem: ArchitectureSystem = {
  modules: streamingConvolution,
  encoders: [],
};
