import { test as base, type Page } from '@playwright/test';
import type { Verifier, VerifierOptions } from '../../src/verifier/types.js';
import { SITE } from './paths.js';
import { type Served, type Server, serve } from './serve.js';

/** What e2e/site/page.js puts on the window. */
declare global {
  interface Window {
    ready?: boolean;
    voiceprint: { createVerifier(options?: VerifierOptions): Promise<Verifier> };
    verifier: Verifier;
    clip(name: string): Promise<Blob>;
  }
}

interface Fixtures {
  /** How the static site is served. */
  readonly served: Served;
  /** Address of the static site. */
  readonly site: string;
}

interface WorkerFixtures {
  /** The static site, on one address per way of serving it. */
  readonly siteServers: (served: Served) => Promise<Server>;
}

/** Playwright's test with the static site, which every test can take. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  served: ['isolated', { option: true }],
  siteServers: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures here.
    async ({}, use) => {
      const servers = new Map<Served, Promise<Server>>();
      await use((served) => {
        const server = servers.get(served) ?? serve(SITE, served);
        servers.set(served, server);
        return server;
      });
      for (const server of servers.values()) await (await server).close();
    },
    { scope: 'worker' },
  ],
  site: async ({ siteServers, served }, use) => use((await siteServers(served)).address),
});

export { expect } from '@playwright/test';

/** Opens the static page and a verifier in it, kept as `window.verifier`. */
export async function openVerifier(
  page: Page,
  site: string,
  options: Pick<VerifierOptions, 'backend' | 'vault'> & { readonly model?: string } = {},
): Promise<void> {
  await page.goto(site);
  await page.waitForFunction(() => window.ready === true);
  await page.evaluate(async (given) => {
    window.verifier = await window.voiceprint.createVerifier(given);
  }, options);
}

/** Enrolls a person from clips of demo/voices, in the page. */
export function enroll(page: Page, speaker: string, clips: readonly string[]): Promise<number> {
  return page.evaluate(
    async ([name, files]) => {
      const utterances = await Promise.all(files.map((file) => window.clip(file)));
      return (await window.verifier.enroll(name, utterances)).speechSeconds;
    },
    [speaker, clips] as const,
  );
}

/** The decision on a clip, in the page. */
export function verify(
  page: Page,
  speaker: string,
  clip: string,
): Promise<{ accepted: boolean; score: number; threshold: number; milliseconds: number }> {
  return page.evaluate(
    async ([name, file]) => {
      const result = await window.verifier.verify(name, await window.clip(file));
      const { accepted, score, threshold, timings } = result;
      return { accepted, score, threshold, milliseconds: timings.total };
    },
    [speaker, clip] as const,
  );
}

/** Addresses that a page asks for from now on, other than `data:` and `blob:`. */
export function watchRequests(page: Page): string[] {
  const addresses: string[] = [];
  page.context().on('request', (request) => {
    if (/^https?:/.test(request.url())) addresses.push(request.url());
  });
  return addresses;
}
