/** Styles are set through the CSSOM: `style-src 'self'` refuses style attributes. */
export function applyShares(root: ParentNode): void {
  for (const fill of root.querySelectorAll<HTMLElement>('[data-share]')) {
    fill.style.setProperty('--share', fill.dataset.share ?? '0');
  }
  for (const axis of root.querySelectorAll<HTMLElement>('[data-threshold]')) {
    axis.style.setProperty('--score', axis.dataset.score ?? '0');
    axis.style.setProperty('--threshold', axis.dataset.threshold ?? '0');
  }
}

/**
 * Buttons go with their state: puts the focus on what came in their place. A state without buttons
 * parks it on the heading, and the next one takes it on.
 */
export function restoreFocus(root: ShadowRoot): void {
  const within = root.activeElement;
  if (within && within.tagName !== 'H2') return;
  const target =
    root.querySelector<HTMLElement>('[data-asking]') ??
    root.querySelector<HTMLElement>('.actions button') ??
    root.querySelector<HTMLElement>('h2');
  target?.focus({ preventScroll: true });
}
