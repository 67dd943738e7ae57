import { VoiceprintError } from '../../errors.js';
import { SAMPLE_RATE_RANGE } from '../limits.js';
import { checkDuration } from './channels.js';
import type { EncodedLength } from './encoded/encoded-length.js';

/** Channels that a file may have: as many as Web Audio takes. */
const MOST_CHANNELS = 32;

/** @throws VoiceprintError `audio/undecodable` for none, or for more than a recording has. */
export function checkChannels(channels: number): void {
  if (Number.isInteger(channels) && channels >= 1 && channels <= MOST_CHANNELS) return;
  throw new VoiceprintError(
    'audio/undecodable',
    `the audio file claims ${channels} channels; up to ${MOST_CHANNELS} are taken: mix it down, or export it again if it has fewer`,
  );
}

/**
 * Refuses what would be more audio than is taken, before memory is asked for.
 *
 * @param length - What a header states, or what was decoded so far.
 * @param maximumSeconds - Longest audio that is taken; many channels at a high rate count more.
 * @throws VoiceprintError `audio/too-long`, and `audio/undecodable` for an impossible count of
 * channels.
 */
export function checkBudget(length: EncodedLength, maximumSeconds: number): void {
  const { channels, sampleRate, frames } = length;
  checkChannels(channels);
  if (sampleRate > 0) checkDuration(frames / sampleRate, maximumSeconds);
  const samples = frames * channels;
  const most = maximumSeconds * SAMPLE_RATE_RANGE.maximum;
  if (samples <= most) return;
  throw new VoiceprintError(
    'audio/too-long',
    `the audio holds ${samples.toFixed(0)} samples in ${channels} channels, above the limit of ${most}; cut it, or save fewer channels at a lower rate`,
  );
}
