/** The path of a Chromium that starts, or undefined. `CHROME_PATH` comes first. */
export function findChromium(): string | undefined;
/** Installs a Chromium and returns its path. */
export function installChromium(): Promise<string>;
