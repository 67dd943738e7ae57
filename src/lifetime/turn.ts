/**
 * Lets everything else that waits have its turn: timers, messages, the page's next frame. Promises
 * alone never do, however many are awaited.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
