import type { ArchitectureSystem } from '../system.js';
import { hyperMixingModules } from './graph.js';

/** HyperMixing, a part of encoders. */
export const hyperMixingSystem: ArchitectureSystem = { modules: hyperMixingModules, encoders: [] };
