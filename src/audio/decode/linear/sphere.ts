import { badHeader, HeaderBytes, type LinearLayout, unreadableCodec } from './layout.js';

/** The text that a NIST SPHERE header has at most; longer ones are no headers. */
const LONGEST_HEADER = 65_536;

/**
 * Reads the header of a NIST SPHERE file, as speech corpora come (TIMIT, Switchboard).
 *
 * @returns undefined when it is none.
 * @throws VoiceprintError `audio/undecodable` for compressed samples (shorten) and bad headers.
 */
export function readSphere(bytes: Uint8Array): LinearLayout | undefined {
  const header = new HeaderBytes(bytes);
  if (!header.is(0, 'NIST_1A\n')) return undefined;
  const start = Number(new TextDecoder('latin1').decode(bytes.subarray(8, 16)).trim());
  if (!(start >= 16 && start <= LONGEST_HEADER))
    throw badHeader('SPHERE', 'does not say how long it is');
  const fields = new Map<string, string>();
  for (const line of new TextDecoder('latin1').decode(bytes.subarray(16, start)).split('\n')) {
    const [name, , value] = line.trim().split(/\s+/);
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
  const coding = fields.get('sample_coding') ?? 'pcm';
  if (coding !== 'pcm' && coding !== 'ulaw' && coding !== 'alaw') {
    throw unreadableCodec('SPHERE', `"${coding.slice(0, 40)}" samples`);
  }
  const sampleBytes = Number(fields.get('sample_n_bytes') ?? 2);
  const channels = Number(fields.get('channel_count') ?? 1);
  if (!(sampleBytes >= 1 && sampleBytes <= 4 && Number.isInteger(sampleBytes))) {
    throw badHeader('SPHERE', `claims ${sampleBytes} bytes per sample`);
  }
  const room = Math.max(0, bytes.length - start);
  const stated = Number(fields.get('sample_count') ?? Number.NaN) * channels * sampleBytes;
  return {
    container: 'SPHERE',
    channels,
    sampleRate: Number(fields.get('sample_rate') ?? 0),
    encoding: coding === 'pcm' ? 'signed' : coding,
    sampleBytes: coding === 'pcm' ? sampleBytes : 1,
    littleEndian: fields.get('sample_byte_format') !== '10',
    start,
    bytes: stated >= 0 ? Math.min(room, stated) : room,
  };
}
