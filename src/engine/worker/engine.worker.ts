import { expose } from 'comlink';
import { openEngine } from '../engine.js';
import { openSpeechEngine } from '../speech.js';
import { createEngineService } from './service.js';
import { handleVoiceprintErrors } from './wire.js';

handleVoiceprintErrors();
expose(createEngineService(openEngine, openSpeechEngine));
