/** Milliseconds that a first visit waits for its service worker at most. */
const PATIENCE = 4000;

let kept: Promise<void> | undefined;

/**
 * Settles once this visit is kept for offline use: what is fetched from then on is kept too. Without
 * service workers (plain http, a private window) the page works as usual, online.
 */
export function keepOffline(): Promise<void> {
  kept ??= register().catch(() => {});
  return kept;
}

async function register(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  const controlled = new Promise<void>((resolve) => {
    if (serviceWorker.controller) resolve();
    serviceWorker.addEventListener('controllerchange', () => resolve(), { once: true });
    setTimeout(resolve, PATIENCE);
  });
  await serviceWorker.register(new URL('./service-worker.js', document.baseURI));
  await controlled;
}
