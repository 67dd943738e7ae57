import type { ConvertStage, FrontEndPreset } from 'voiceprint-web/convert';
import { measureMemory } from './memory.js';
import type { Contents, Converted, ConvertReply, ConvertRequest, Precision } from './messages.js';

type Step =
  | { readonly name: 'idle' }
  | { readonly name: 'reading'; readonly bytes: number; readonly totalBytes: number }
  | { readonly name: 'working'; readonly stage: ConvertStage }
  | { readonly name: 'converted'; readonly converted: Converted }
  | { readonly name: 'failed'; readonly code: string | undefined; readonly message: string };

// Started with the page, like the rest of it: later it would be a request after load.
let worker = startWorker();

function startWorker(): Worker {
  return new Worker(new URL('./convert.worker.ts', import.meta.url), { type: 'module' });
}

/** One conversion at a time, in a worker of its own. Fires `change`. */
class Conversion extends EventTarget {
  step: Step = { name: 'idle' };
  file: { readonly name: string; readonly size: number } | undefined;
  contents: Contents | undefined;
  /** The most bytes that were measured while converting; undefined where the browser cannot. */
  peakBytes: number | undefined;
  /** What the keys allow, the commonest first; asked once they are known. */
  features: readonly string[] = [];
  #others: readonly FrontEndPreset[] = [];
  #given: { readonly file: File; readonly precision: Precision } | undefined;
  #zipped: ((file: Blob) => void) | undefined;

  constructor() {
    super();
    this.#listen();
  }

  get busy(): boolean {
    return this.step.name === 'reading' || this.step.name === 'working';
  }

  start(file: File, precision: Precision): void {
    this.features = [];
    this.#given = { file, precision };
    this.#convert(undefined);
  }

  /** The same checkpoint for other features. */
  again(frontEnd: string): void {
    this.#convert(this.#others.find((other) => other === frontEnd));
  }

  #convert(frontEnd: FrontEndPreset | undefined): void {
    if (this.#given === undefined) return;
    const { file, precision } = this.#given;
    this.file = { name: file.name, size: file.size };
    this.contents = undefined;
    this.peakBytes = undefined;
    this.#set({ name: 'reading', bytes: 0, totalBytes: file.size });
    this.#ask({ type: 'convert', file, precision, name: modelName(file.name), frontEnd });
  }

  /** The model folder as one zip file. */
  zip(converted: Converted): Promise<Blob> {
    return new Promise((resolve) => {
      this.#zipped = resolve;
      this.#ask({ type: 'zip', files: converted.files });
    });
  }

  #ask(request: ConvertRequest): void {
    worker.postMessage(request);
  }

  #listen(): void {
    worker.onmessage = ({ data }: MessageEvent<ConvertReply>) => this.#hear(data);
    worker.onerror = () => {
      // Out of memory, most likely. A dead worker answers nothing, so another takes its place.
      worker.terminate();
      worker = startWorker();
      this.#listen();
      const message =
        'The browser ended the conversion, most likely for want of memory. Close other tabs, or convert it with the command.';
      this.#set({ name: 'failed', code: undefined, message });
    };
  }

  #hear(reply: ConvertReply): void {
    if (reply.type === 'reading') {
      this.#set({ name: 'reading', bytes: reply.bytes, totalBytes: reply.totalBytes });
    } else if (reply.type === 'contents') {
      this.contents = reply.contents;
      this.#measure();
    } else if (reply.type === 'stage') {
      this.#set({ name: 'working', stage: reply.stage });
      this.#measure();
    } else if (reply.type === 'converted') {
      const { assumed, name, others } = reply.converted.report.features;
      if (assumed) {
        this.features = [name, ...others];
        this.#others = others;
      }
      this.#set({ name: 'converted', converted: reply.converted });
    } else if (reply.type === 'zipped') {
      this.#zipped?.(reply.file);
      this.#zipped = undefined;
    } else {
      this.#set({ name: 'failed', code: reply.code, message: reply.message });
    }
  }

  #measure(): void {
    const { file } = this;
    void measureMemory().then((bytes) => {
      if (bytes === undefined || this.file !== file) return;
      this.peakBytes = Math.max(this.peakBytes ?? 0, bytes);
      this.dispatchEvent(new Event('change'));
    });
  }

  #set(step: Step): void {
    this.step = step;
    this.dispatchEvent(new Event('change'));
  }
}

/** A file's name as a model's: 1 to 64 letters, digits, `.`, `_` and `-`. */
function modelName(file: string): string {
  const name = file.replace(/\.\w+$/, '').replace(/[^\w.-]+/g, '-');
  return name.replace(/^[^A-Za-z0-9]+/, '').slice(0, 64) || 'model';
}

export const conversion = new Conversion();
