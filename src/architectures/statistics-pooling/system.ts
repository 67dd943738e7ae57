import type { ArchitectureSystem } from '../system.js';
import { statisticsPoolings } from './graph.js';

/** Poolings of WeSpeaker and 3D-Speaker, a part of encoders. */
export const statisticsPoolingSystem: ArchitectureSystem = {
  modules: statisticsPoolings,
  encoders: [],
};
