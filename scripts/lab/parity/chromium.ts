import { type Browser, chromium, type Page } from 'playwright';
import { VoiceprintError, type VoiceprintErrorCode } from '../../../src/errors.js';
import type { TensorValue } from '../../../src/tensor.js';
import { chromiumOptions } from '../../chromium/options.js';
import type { Executor } from './executor.js';
import { openPageServer, type PageServer } from './page-server.js';
import { bytesOf, type PageAnswer, type ParityPage, tensorData, type WireTensor } from './wire.js';

/** SwiftShader takes up to a minute for the shaders of a new length. */
const TIMEOUT_MILLISECONDS = 300_000;

/**
 * Starts a headless Chromium whose page runs graphs on WebGPU.
 * @throws VoiceprintError `backend/unavailable` without Chromium or WebGPU.
 */
export async function openChromiumExecutor(): Promise<Executor> {
  const browser = await launch();
  let server: PageServer | undefined;
  try {
    server = await openPageServer();
    const page = await browser.newPage();
    page.setDefaultTimeout(TIMEOUT_MILLISECONDS);
    await page.goto(server.address);
    await page.waitForFunction(() => window.voiceprintParity !== undefined);
    await call(page, 'start', []);
    return executorOn(page, browser, server);
  } catch (error) {
    await browser.close();
    await server?.close();
    throw error;
  }
}

function executorOn(page: Page, browser: Browser, server: PageServer): Executor {
  return {
    async open(model) {
      const offer = server.offer(model);
      const graph = await call(page, 'open', [offer.url]).finally(offer.withdraw);
      return {
        async run(inputs) {
          const offers = Object.entries(inputs).map(([name, { type, dims, data }]) => {
            const { url, withdraw } = server.offer(bytesOf(data));
            return { name, withdraw, tensor: { type, dims, bytes: url } };
          });
          const feeds = Object.fromEntries(offers.map(({ name, tensor }) => [name, tensor]));
          const outputs = await call(page, 'run', [graph, feeds]).finally(() => {
            for (const { withdraw } of offers) withdraw();
          });
          const entries = Object.entries(outputs).map(([name, value]) => [name, decode(value)]);
          return Object.fromEntries(entries) as Record<string, TensorValue>;
        },
        dispose: async () => {
          await call(page, 'close', [graph]);
        },
      };
    },
    async dispose() {
      await browser.close();
      await server.close();
    },
  };
}

function decode({ type, dims, bytes }: WireTensor): TensorValue {
  const buffer = Uint8Array.from(Buffer.from(bytes, 'base64')).buffer;
  return { type, dims, data: tensorData(type, buffer) };
}

type Answered<M extends keyof ParityPage> =
  Awaited<ReturnType<ParityPage[M]>> extends PageAnswer<infer T> ? T : never;

async function call<M extends keyof ParityPage>(
  page: Page,
  method: M,
  args: Parameters<ParityPage[M]>,
): Promise<Answered<M>> {
  const answer = await page.evaluate(
    ([name, values]) => {
      const parity = window.voiceprintParity;
      if (parity === undefined) throw new Error('the page has gone');
      const work = parity[name] as (...values: readonly unknown[]) => Promise<PageAnswer<unknown>>;
      return work(...values);
    },
    [method, args] as const,
  );
  if (answer.kind === 'done') return answer.value as Answered<M>;
  throw new VoiceprintError(answer.code as VoiceprintErrorCode, answer.message);
}

async function launch(): Promise<Browser> {
  const options = chromiumOptions({ gpu: true });
  return chromium.launch(options).catch((cause: unknown) => {
    const tried = options.executablePath ?? "Playwright's own Chromium";
    throw unavailable(`${tried} did not start: install a Chromium and set CHROME_PATH`, cause);
  });
}

function unavailable(what: string, cause?: unknown): VoiceprintError {
  const message = `WebGPU cannot be tried: ${what}; or use --backend wasm`;
  return new VoiceprintError('backend/unavailable', message, { cause });
}
