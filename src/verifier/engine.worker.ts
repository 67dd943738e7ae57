import { expose } from 'comlink';
import { openEngine } from './engine.js';
import { createEngineService } from './engine-service.js';
import { openSpeechEngine } from './engine-speech.js';
import { handleVoiceprintErrors } from './engine-wire.js';

handleVoiceprintErrors();
expose(createEngineService(openEngine, openSpeechEngine));
