import { SingleBar } from 'cli-progress';

/** Shows files done, and the time left, on stderr. */
export async function withProgressBar<Result>(
  work: (onProgress: (done: number, total: number) => void) => Promise<Result>,
): Promise<Result> {
  const bar = new SingleBar({
    format: 'embedding {bar} {value}/{total} files, {eta_formatted} left',
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 5000,
    hideCursor: true,
    etaBuffer: 50,
  });
  let started = false;
  try {
    return await work((done, total) => {
      if (!started && done < total) {
        bar.start(total, done);
        started = true;
      } else if (started) bar.update(done);
    });
  } finally {
    if (started) bar.stop();
  }
}
