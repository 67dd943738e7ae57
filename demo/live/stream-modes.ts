import type { StreamMode, Verifier } from 'voiceprint-web';

/** The modes that a verifier offers, the one it takes by itself first. */
export function streamModes(verifier: Verifier | undefined): readonly StreamMode[] {
  if (!verifier) return [];
  return verifier.streamingModel ? ['causal', 'window'] : ['window'];
}
