import { enroll, expect, openVerifier, test, verify, watchRequests } from './support/test.js';

test.describe('the package in a static page', () => {
  test('enrolls from files, accepts the same voice, rejects another, names the backend', async ({
    page,
    site,
  }) => {
    await openVerifier(page, site);
    expect(await enroll(page, 'ada', ['ada-1', 'ada-2'])).toBeGreaterThan(5);
    const same = await verify(page, 'ada', 'ada-3');
    const other = await verify(page, 'ada', 'ben-1');
    expect(same).toMatchObject({ accepted: true });
    expect(other).toMatchObject({ accepted: false });
    expect(same.score).toBeGreaterThan(same.threshold);
    expect(other.score).toBeLessThan(other.threshold);

    const backend = await page.evaluate(() => window.verifier.backend);
    expect(backend).toMatchObject({ name: 'wasm', entry: 'wasm' });
    expect(backend.reason).toMatch(/WebGPU|adapter|GPU/);
    expect(backend.threads).toBeGreaterThan(1);
  });

  test('identifies who speaks among those enrolled, and nobody for a stranger', async ({
    page,
    site,
  }) => {
    await openVerifier(page, site);
    await enroll(page, 'ada', ['ada-1', 'ada-2']);
    await enroll(page, 'ben', ['ben-1', 'ben-2']);
    const names = await page.evaluate(async () => {
      const of = async (file: string) =>
        (await window.verifier.identify(await window.clip(file))).speaker;
      return [await of('ada-4'), await of('ben-4'), (await of('cal-4')) ?? 'nobody'];
    });
    expect(names).toEqual(['ada', 'ben', 'nobody']);
  });

  test('finds the voiceprint again after a reload', async ({ page, site }) => {
    await openVerifier(page, site);
    await enroll(page, 'ada', ['ada-1', 'ada-2']);
    await openVerifier(page, site);
    expect(await page.evaluate(() => window.verifier.list())).toMatchObject([
      { speaker: 'ada', utterances: 2, comparable: true },
    ]);
    expect(await verify(page, 'ada', 'ada-3')).toMatchObject({ accepted: true });
    expect(await verify(page, 'ada', 'cal-3')).toMatchObject({ accepted: false });
  });

  test('forgets one person, and everybody with the key', async ({ page, site }) => {
    await openVerifier(page, site);
    await enroll(page, 'ada', ['ada-1']);
    await enroll(page, 'ben', ['ben-1']);
    const left = await page.evaluate(async () => {
      await window.verifier.remove('ada');
      const one = (await window.verifier.list()).map(({ speaker }) => speaker);
      await window.verifier.removeAll();
      return [one, await window.verifier.list()];
    });
    expect(left).toEqual([['ben'], []]);
  });

  test('refuses silence and two words, and says why', async ({ page, site }) => {
    await openVerifier(page, site);
    await enroll(page, 'ada', ['ada-1', 'ada-2']);
    const codes = await page.evaluate(async () => {
      const codeOf = (action: Promise<unknown>) =>
        action.then(
          () => 'taken',
          (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
        );
      const silence = { samples: new Float32Array(16_000 * 4), sampleRate: 16_000 };
      const words = await window.clip('two-words');
      return {
        enrollSilence: await codeOf(window.verifier.enroll('eve', silence)),
        verifySilence: await codeOf(window.verifier.verify('ada', silence)),
        enrollWords: await codeOf(window.verifier.enroll('eve', words)),
        verifyWords: await codeOf(window.verifier.verify('ada', words)),
        people: (await window.verifier.list()).map(({ speaker }) => speaker),
      };
    });
    expect(codes.enrollSilence).toMatch(/^audio\/(silent|no-speech): /);
    expect(codes.verifySilence).toMatch(/^audio\/(silent|no-speech): /);
    expect(codes.enrollWords).toMatch(/^audio\/too-short: /);
    expect(codes.verifyWords).toMatch(/^audio\/too-short: /);
    expect(codes.people).toEqual(['ada']);
  });

  test('asks for nothing after it has loaded, and works without a network', async ({
    page,
    context,
    site,
  }) => {
    await openVerifier(page, site);
    const clips = await page.evaluateHandle(async () => ({
      enroll: [await window.clip('ada-1'), await window.clip('ada-2')],
      same: await window.clip('ada-3'),
      other: await window.clip('ben-3'),
    }));
    await context.setOffline(true);
    const requests = watchRequests(page);
    const decisions = await page.evaluate(async ({ enroll, same, other }) => {
      await window.verifier.enroll('ada', enroll);
      const first = await window.verifier.verify('ada', same);
      const second = await window.verifier.verify('ada', other);
      return [first.accepted, second.accepted];
    }, clips);
    expect(decisions).toEqual([true, false]);
    expect(requests).toEqual([]);
  });

  test('takes the model from its cache the second time', async ({ page, site }) => {
    await openVerifier(page, site);
    const requests = watchRequests(page);
    await openVerifier(page, site);
    expect(requests.filter((address) => /\.onnx/.test(address))).toEqual([]);
    expect(requests.some((address) => /manifest\.json/.test(address))).toBe(true);
  });

  test('refuses a model whose bytes are not what the manifest promises', async ({ page, site }) => {
    await page.context().route('**/models/default/model.onnx*', async (route) => {
      const response = await route.fetch();
      const body = Buffer.from(await response.body());
      body.writeUInt8(body.readUInt8(1000) ^ 1, 1000);
      await route.fulfill({ response, body });
    });
    await expect(openVerifier(page, site)).rejects.toThrow(/SHA-256|hash|bytes/i);
  });
});
