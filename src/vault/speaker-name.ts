import { VoiceprintError } from '../errors.js';

/** Longest speaker name, in code points after normalisation. */
const MAXIMUM_NAME_LENGTH = 200;

/**
 * The one spelling under which a speaker is stored: Unicode NFC, without outer white space, so
 * that "José" typed on two keyboards is one person.
 *
 * @throws VoiceprintError `verifier/invalid` for a name that is no string, has nothing visible in
 *   it, is longer than {@link MAXIMUM_NAME_LENGTH} or is broken Unicode.
 */
export function normalizeSpeaker(name: string): string {
  if (typeof name !== 'string') {
    throw invalid(`the speaker name is a ${typeof name}; give a string`);
  }
  // Broken surrogates all encode to the same bytes, which would merge two people into one.
  if (/\p{Surrogate}/u.test(name)) {
    throw invalid(
      `the speaker name ${shorten(name)} is broken Unicode (half a surrogate pair); give whole characters`,
    );
  }
  const normal = name.normalize('NFC').trim();
  if (!/[^\p{Z}\p{Cc}\p{Cf}]/u.test(normal)) {
    throw invalid(
      `the speaker name ${shorten(name)} has nothing visible in it; give 1 to ${MAXIMUM_NAME_LENGTH} characters`,
    );
  }
  const length = [...normal].length;
  if (length > MAXIMUM_NAME_LENGTH) {
    throw invalid(
      `the speaker name ${shorten(name)} has ${length} characters; give at most ${MAXIMUM_NAME_LENGTH}`,
    );
  }
  return normal;
}

function shorten(name: string): string {
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
}

function invalid(message: string): VoiceprintError {
  return new VoiceprintError('verifier/invalid', message);
}
