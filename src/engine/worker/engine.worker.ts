import { expose } from 'comlink';
import { openEngine } from '../open-engine.js';
import { createEngineService } from './service.js';
import { handleVoiceprintErrors } from './wire.js';

handleVoiceprintErrors();
expose(createEngineService(openEngine));
