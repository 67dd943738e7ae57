import { createHash } from 'node:crypto';
import type { Encoded, Encoder } from '../../../src/engine/encoder/types.js';
import { asyncDispose } from '../../../src/lifetime/async-dispose.js';

/**
 * An encoder that embeds the same speech once: conversations are heard several times, for other people
 * or with other options, and most of their windows are the same.
 *
 * @param known - Embeddings by digest of the speech.
 */
export function rememberingEncoder(
  encoder: Encoder,
  known: Map<string, Encoded> = new Map(),
): Encoder {
  const openStream = encoder.openStream?.bind(encoder);
  return {
    model: encoder.model,
    backend: encoder.backend,
    async encode(speech) {
      const bytes = new Uint8Array(speech.buffer, speech.byteOffset, speech.byteLength);
      const digest = createHash('sha1').update(bytes).digest('base64');
      const encoded = known.get(digest) ?? (await encoder.encode(speech));
      known.set(digest, encoded);
      return encoded;
    },
    ...(openStream === undefined ? {} : { openStream }),
    [asyncDispose]: async () => encoder[asyncDispose](),
  };
}
