import { enroll, expect, openVerifier, test, verify } from './support/test.js';

test.describe("under script-src 'self' 'wasm-unsafe-eval'", () => {
  test.use({ served: 'strict' });

  test('loads, enrolls and verifies without a violation', async ({ page, site }) => {
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/i.test(message.text()))
        violations.push(message.text());
    });
    await openVerifier(page, site);
    await enroll(page, 'ada', ['ada-1', 'ada-2']);
    expect(await verify(page, 'ada', 'ada-3')).toMatchObject({ accepted: true });
    expect(await verify(page, 'ada', 'ben-3')).toMatchObject({ accepted: false });
    expect(await page.evaluate(() => window.verifier.backend.threads)).toBeGreaterThan(1);
    expect(violations).toEqual([]);
  });
});

test.describe('without cross-origin isolation', () => {
  test.use({ served: 'plain' });

  test('works on one thread', async ({ page, site }) => {
    await openVerifier(page, site);
    await enroll(page, 'ada', ['ada-1', 'ada-2']);
    expect(await verify(page, 'ada', 'ada-3')).toMatchObject({ accepted: true });
    expect(
      await page.evaluate(() => [crossOriginIsolated, window.verifier.backend.threads]),
    ).toEqual([false, 1]);
  });
});
