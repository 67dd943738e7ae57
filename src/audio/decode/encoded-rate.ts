const WAVE_FORMAT_CHUNK = 0x666d7420; // 'fmt '

/**
 * The sample rate that a WAV or FLAC file states in its header, in Hz; undefined for any other
 * container. Browsers decode to one fixed rate, and only the right one leaves samples untouched.
 */
export function encodedRate(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(view, 0, 'RIFF') && isAscii(view, 8, 'WAVE')) return waveRate(view);
  // STREAMINFO comes first in every FLAC file; its rate is the 20 bits from byte 18.
  if (isAscii(view, 0, 'fLaC') && view.byteLength >= 22) return view.getUint32(18) >>> 12;
  return undefined;
}

function waveRate(view: DataView): number | undefined {
  let offset = 12;
  while (offset + 16 <= view.byteLength) {
    if (view.getUint32(offset) === WAVE_FORMAT_CHUNK) return view.getUint32(offset + 12, true);
    const size = view.getUint32(offset + 4, true);
    offset += 8 + size + (size % 2);
  }
  return undefined;
}

function isAscii(view: DataView, offset: number, word: string): boolean {
  if (offset + word.length > view.byteLength) return false;
  return [...word].every((letter, i) => view.getUint8(offset + i) === letter.charCodeAt(0));
}
