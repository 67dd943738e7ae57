/** Custom properties `--voice-1` to `--voice-6` of the style sheet. */
const COLOURS = 6;

/** The name of a speaker's colour, by their place in the list; it goes round after six. */
export function voiceColour(place: number): string {
  return `--voice-${(Math.max(0, place) % COLOURS) + 1}`;
}

/** Colours as the canvases need them, read once per theme and not per frame. */
export interface Palette {
  readonly voices: readonly string[];
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly stranger: string;
  readonly accept: string;
  readonly font: string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  // A custom property keeps `light-dark()` as it was written; a real property resolves it.
  const probe = document.createElement('i');
  element.append(probe);
  const resolved = (name: string): string => {
    probe.style.setProperty('color', `var(${name})`);
    return getComputedStyle(probe).color;
  };
  const palette: Palette = {
    voices: Array.from({ length: COLOURS }, (_, place) => resolved(voiceColour(place))),
    ink: resolved('--ink'),
    muted: resolved('--muted'),
    line: resolved('--line'),
    surface: resolved('--surface'),
    stranger: resolved('--stranger'),
    accept: resolved('--accent'),
    font: `500 12px ${style.fontFamily}`,
  };
  probe.remove();
  return palette;
}
