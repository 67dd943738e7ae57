import { SingleBar } from 'cli-progress';

/** Progress of long work on stderr, so that stdout holds results only. */
export interface Progress {
  /** @param done - From 0 to 1. */
  update(done: number, what: string): void;
  stop(): void;
}

/**
 * A bar on a terminal; elsewhere (a log) one line per new `what`.
 *
 * @param quiet - Shows nothing, for `--json`.
 */
export function openProgress(quiet = false, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (quiet) return { update: () => {}, stop: () => {} };
  if (!stream.isTTY) {
    let last = '';
    return {
      update: (_done, what) => {
        if (what !== last) stream.write(`${what}\n`);
        last = what;
      },
      stop: () => {},
    };
  }
  const bar = new SingleBar({
    stream,
    format: '{bar} {percentage}% {what}',
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(1, 0, { what: '' });
  return { update: (done, what) => bar.update(done, { what }), stop: () => bar.stop() };
}
