import type { BrowserContext, Page } from '@playwright/test';
import { enroll, expect, openVerifier, test, verify } from './support/test.js';

/** The code of what opening a verifier is refused with, or the backend that it got. */
async function outcome(page: Page, site: string, options: object = {}): Promise<string> {
  await page.goto(site);
  await page.waitForFunction(() => window.ready === true);
  return page.evaluate(async (given) => {
    try {
      const verifier = await window.voiceprint.createVerifier(given);
      await verifier.dispose();
      return verifier.backend.name;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      return `${code ?? 'untyped'}: ${message}`;
    }
  }, options);
}

/** Answers requests for some files with something else, also those of workers. */
const spoil = (context: BrowserContext, files: RegExp, status: number, body: string) =>
  context.route(files, (route) => route.fulfill({ status, contentType: 'text/html', body }));

test.describe('a broken deployment ends in an error that says what to do', () => {
  for (const [name, files, refusal] of [
    ['the wasm', /\.wasm($|\?)/, /^backend\/unavailable: .*served beside the scripts/],
    ['the worker', /engine\.worker/, /^backend\/unavailable: .*did not start/],
    ['the detector', /silero/, /^model\/unavailable: .*speech detector/],
  ] as const) {
    test(`${name} is missing, or a page is served in its place`, async ({
      page,
      context,
      site,
    }) => {
      await spoil(context, files, 404, 'not found');
      expect(await outcome(page, site, { vault: 'memory' })).toMatch(refusal);
      await context.unroute(files);
      await spoil(context, files, 200, '<!doctype html><p>The application</p>');
      expect(await outcome(page, site, { vault: 'memory' })).toMatch(
        name === 'the detector' ? /^model\/(unavailable|integrity): / : refusal,
      );
    });
  }

  test('the policy of the page forbids workers or wasm', async ({ page, context, site }) => {
    let policy = "worker-src 'none'";
    await context.route('**/*', async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers(), 'content-security-policy': policy };
      await route.fulfill({ response, headers });
    });
    expect(await outcome(page, site)).toMatch(/^backend\/unavailable: .*worker-src 'self'/);
    policy = "script-src 'self' 'unsafe-inline'";
    expect(await outcome(page, site)).toMatch(/^backend\/unavailable: .*'wasm-unsafe-eval'/);
  });

  test('storage is absent or refused', async ({ page, site }) => {
    await page.addInitScript(() => {
      Object.defineProperty(window, 'indexedDB', { get: () => undefined });
      Object.defineProperty(window, 'caches', { get: () => undefined });
    });
    expect(await outcome(page, site)).toMatch(/^vault\/unavailable: .*vault: 'memory'/);
    expect(await outcome(page, site, { vault: 'memory' })).toBe('wasm');
  });
});

test('options of any shape are taken or refused by name', async ({ page, site }) => {
  await page.goto(site);
  await page.waitForFunction(() => window.ready === true);
  const codes = await page.evaluate(async () => {
    // As a page without types would call it.
    const create: (options: object) => Promise<{ dispose(): Promise<void> }> =
      window.voiceprint.createVerifier;
    const codeOf = async (options: object | null): Promise<string> => {
      try {
        await (await create(options as object)).dispose();
        return 'taken';
      } catch (error) {
        return (error as { code?: string }).code ?? 'untyped';
      }
    };
    const codes: Record<string, string> = {};
    for (const [name, options] of Object.entries({
      nothing: null,
      backend: { backend: 'gpu' },
      threads: { threads: 0 },
      noModel: { model: null },
      objectModel: { model: {} },
      listedFiles: { model: { files: {} } },
      unknownModel: { model: 'nope' },
      missingModel: { model: '/nothing/' },
      rate: { falseAcceptRate: Number.NaN },
      vault: { vault: 'disk' },
      aborted: { signal: AbortSignal.abort() },
      abortedLater: { signal: AbortSignal.timeout(60) },
      leftOut: {
        model: undefined,
        backend: undefined,
        threads: undefined,
        falseAcceptRate: undefined,
        vault: undefined,
        vaultName: undefined,
        onProgress: undefined,
        signal: undefined,
      },
    })) {
      codes[name] = await codeOf(options);
    }
    codes.databases = (await indexedDB.databases()).map(({ name }) => name).join();
    return codes;
  });
  expect(codes).toEqual({
    nothing: 'verifier/invalid',
    backend: 'verifier/invalid',
    threads: 'verifier/invalid',
    noModel: 'verifier/invalid',
    objectModel: 'verifier/invalid',
    listedFiles: 'verifier/invalid',
    unknownModel: 'model/unavailable',
    missingModel: 'model/unavailable',
    rate: 'verifier/invalid',
    vault: 'verifier/invalid',
    aborted: 'aborted',
    abortedLater: 'aborted',
    leftOut: 'taken',
    databases: 'voiceprint-web',
  });
});

test('what two tabs enroll at once is kept, and what one deletes is gone in the other', async ({
  context,
  site,
}) => {
  const [one, two] = [await context.newPage(), await context.newPage()];
  await Promise.all([openVerifier(one, site), openVerifier(two, site)]);
  await Promise.all([enroll(one, 'ada', ['ada-1']), enroll(two, 'ada', ['ada-2'])]);
  expect(await one.evaluate(() => window.verifier.list())).toMatchObject([{ utterances: 2 }]);
  expect(await verify(two, 'ada', 'ada-3')).toMatchObject({ accepted: true });
  await one.evaluate(() => window.verifier.removeAll());
  await expect(verify(two, 'ada', 'ada-3')).rejects.toThrow(/nobody is enrolled/);
});

test('storage that is deleted or full underneath costs no more than what it held', async ({
  page,
  site,
}) => {
  await openVerifier(page, site);
  await enroll(page, 'ada', ['ada-1']);
  await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const deletion = indexedDB.deleteDatabase('voiceprint-web');
        deletion.onsuccess = resolve;
        deletion.onblocked = reject;
      }),
  );
  await expect(verify(page, 'ada', 'ada-2')).rejects.toThrow(/nobody is enrolled/);
  await enroll(page, 'ada', ['ada-2']);
  await page.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await expect(enroll(page, 'ada', ['ada-1'])).rejects.toThrow(/no room/);
  expect(await page.evaluate(() => window.verifier.list())).toMatchObject([{ utterances: 1 }]);
});

test('a verifier that is disposed of leaves no worker behind, however many there were', async ({
  page,
  site,
}) => {
  await page.goto(site);
  await page.waitForFunction(() => window.ready === true);
  await page.evaluate(async () => {
    for (let round = 0; round < 3; round++) {
      const made = await Promise.all(
        [0, 1].map(() => window.voiceprint.createVerifier({ vault: 'memory' })),
      );
      await Promise.all(made.map((verifier) => verifier.dispose()));
    }
  });
  const session = await page.context().browser()?.newBrowserCDPSession();
  const workers = async () =>
    (await session?.send('Target.getTargets'))?.targetInfos.filter(({ type }) => type === 'worker')
      .length;
  await expect.poll(workers, { timeout: 10_000 }).toBe(0);
});
