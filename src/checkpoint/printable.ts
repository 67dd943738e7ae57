const LONGEST = 120;

/**
 * Whatever would move the cursor, hide or reorder text in a terminal or a page: control characters,
 * line separators, directional marks, and halves of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A name from a file as it can be shown to a person: what does not print is written as `\u{1b}`,
 * and a long name is cut.
 *
 * @param most - Characters that are kept.
 */
export function printable(name: string, most = LONGEST): string {
  const escaped = escapeUnprintable(name.length > most ? name.slice(0, most) : name);
  return name.length > most ? `${escaped}…` : escaped;
}

/** A whole message or line, of any length, as it can be shown to a person. */
export function escapeUnprintable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
