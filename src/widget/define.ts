import { VoiceprintCheck } from './voiceprint-check.js';

/**
 * Registers `<voiceprint-check>`. Where there is no DOM (a server that renders pages) nothing
 * happens, and where two copies of the package are on one page the first one serves.
 */
export function defineVoiceprintCheck(): void {
  const registry = globalThis.customElements;
  if (registry === undefined || registry.get('voiceprint-check') !== undefined) return;
  registry.define('voiceprint-check', VoiceprintCheck);
}
