import { type Verifier, VoiceprintError } from 'voiceprint-web';
import type { FileEmbedding, Length, SkippedFile } from 'voiceprint-web/report';
import { type GivenFile, listCandidates } from './folder-files.js';
import { matchFiles } from './match-files.js';
import type { EvaluateReply, EvaluateRequest, FinishedReport, ListContents } from './messages.js';
import { TimeLeft } from './time-left.js';

/** Lengths that are always reported apart. */
const LENGTHS: readonly Length[] = [1, 2, 3, 5, null];
/** While one file is embedded, the next one is read and decoded. */
const FILES_AT_ONCE = 2;

export type Step =
  | { readonly name: 'idle' }
  | { readonly name: 'reading' }
  | {
      readonly name: 'embedding';
      readonly done: number;
      readonly total: number;
      readonly secondsLeft: number | undefined;
    }
  /** Every file was tried; some cannot be used, and nobody has said to leave them out. */
  | { readonly name: 'blocked' }
  | { readonly name: 'measuring'; readonly done: number; readonly total: number }
  | { readonly name: 'finished'; readonly report: FinishedReport }
  | { readonly name: 'failed'; readonly code: string | undefined; readonly message: string };

// Started with the page, like the rest of it: later it would be a request after load.
let worker = startWorker();

function startWorker(): Worker {
  return new Worker(new URL('./evaluate.worker.ts', import.meta.url), { type: 'module' });
}

/**
 * One evaluation at a time: a folder, a trial list, embeddings, figures. Embeddings stay in memory
 * until the page goes, so that a run that was cancelled goes on where it was; they are never
 * stored, as they are biometric data. Fires `change`.
 */
class EvaluationRun extends EventTarget {
  step: Step = { name: 'idle' };
  given: readonly GivenFile[] = [];
  /** Files of the folder that may be trial lists. */
  candidates: readonly GivenFile[] = [];
  list: ListContents | undefined;
  /** By file of the list. */
  matched: readonly (GivenFile | undefined)[] = [];
  speechOnly = false;
  /** Whether to leave out what is missing or cannot be decoded. */
  skipUnreadable = false;
  unreadable: readonly SkippedFile[] = [];
  readonly #embeddings = new Map<string, readonly FileEmbedding[]>();
  #stopping: AbortController | undefined;
  #scores: ((file: Blob) => void) | undefined;

  constructor() {
    super();
    this.#listen();
  }

  get busy(): boolean {
    return ['reading', 'embedding', 'measuring'].includes(this.step.name);
  }

  get missing(): readonly string[] {
    return this.list?.files.filter((_, i) => this.matched[i] === undefined) ?? [];
  }

  get ready(): boolean {
    const found = this.matched.some((file) => file !== undefined);
    return found && !this.busy && (this.missing.length === 0 || this.skipUnreadable);
  }

  /** Adds files: a folder, a trial list, or both. */
  give(files: readonly GivenFile[]): void {
    if (this.busy || files.length === 0) return;
    const lists = listCandidates(files);
    const audio = files.filter((file) => !lists.includes(file));
    if (audio.length > 0) this.given = audio;
    if (lists.length > 0) this.candidates = lists;
    this.unreadable = [];
    const [only] = lists;
    if (only !== undefined && lists.length === 1) this.readList(only.file);
    else this.#match();
  }

  /** Reads a trial list, whatever it is called. */
  readList(file: File): void {
    this.list = undefined;
    this.unreadable = [];
    this.#set({ name: 'reading' });
    this.#ask({ type: 'read', name: file.name, file });
  }

  set(change: { readonly speechOnly?: boolean; readonly skipUnreadable?: boolean }): void {
    this.speechOnly = change.speechOnly ?? this.speechOnly;
    this.skipUnreadable = change.skipUnreadable ?? this.skipUnreadable;
    this.dispatchEvent(new Event('change'));
  }

  async start(verifier: Verifier): Promise<void> {
    if (!this.ready) return;
    const stopping = new AbortController();
    this.#stopping = stopping;
    try {
      await this.#embedAll(verifier, stopping.signal);
      if (this.unreadable.length > 0 && !this.skipUnreadable) this.#set({ name: 'blocked' });
      else this.#measure(verifier);
    } catch (error) {
      const code = error instanceof VoiceprintError ? error.code : undefined;
      if (stopping.signal.aborted) this.#set({ name: 'idle' });
      else {
        stopping.abort();
        const message = error instanceof Error ? error.message : String(error);
        this.#set({ name: 'failed', code, message });
      }
    }
  }

  /** What is embedded until now is kept. */
  cancel(): void {
    if (this.step.name === 'measuring') this.#restartWorker();
    else this.#stopping?.abort();
  }

  /** How many files of the list need not be embedded again. */
  embedded(verifier: Verifier): number {
    return this.matched.filter((file) => file && this.#embeddings.has(this.#key(verifier, file)))
      .length;
  }

  /** Every trial with its scores. */
  scores(): Promise<Blob> {
    return new Promise((resolve) => {
      this.#scores = resolve;
      this.#ask({ type: 'scores' });
    });
  }

  async #embedAll(verifier: Verifier, signal: AbortSignal): Promise<void> {
    const unreadable: SkippedFile[] = [];
    const waiting = this.matched.flatMap((file, index) =>
      file !== undefined && !this.#embeddings.has(this.#key(verifier, file))
        ? [{ file, name: this.list?.files[index] ?? file.path }]
        : [],
    );
    const total = this.matched.filter((file) => file !== undefined).length;
    let done = total - waiting.length;
    const clock = new TimeLeft();
    clock.begin(performance.now());
    const show = (): void => {
      const secondsLeft = clock.left(total - done, performance.now());
      this.#set({ name: 'embedding', done, total, secondsLeft });
    };
    show();
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        signal.throwIfAborted();
        try {
          const options = { lengths: LENGTHS, speechOnly: this.speechOnly, signal };
          const embeddings = await verifier.embedLengths(next.file.file, options);
          this.#embeddings.set(this.#key(verifier, next.file), embeddings);
        } catch (error) {
          if (!(error instanceof VoiceprintError && error.code.startsWith('audio/'))) throw error;
          unreadable.push({ file: next.name, reason: error.message });
        }
        // A file that was under way when somebody cancelled is kept, but shown no more.
        signal.throwIfAborted();
        done += 1;
        clock.count(performance.now());
        show();
      }
    };
    await Promise.all(Array.from({ length: FILES_AT_ONCE }, work));
    this.unreadable = unreadable;
  }

  #measure(verifier: Verifier): void {
    const { model, backend } = verifier;
    const embeddings = this.matched.map((file) =>
      file === undefined ? undefined : this.#embeddings.get(this.#key(verifier, file)),
    );
    this.#set({ name: 'measuring', done: 0, total: LENGTHS.length });
    this.#ask({
      type: 'measure',
      lengths: LENGTHS,
      embeddings,
      skipped: [
        ...this.missing.map((file) => ({ file, reason: 'not in the folder' })),
        ...this.unreadable,
      ],
      model: {
        name: model.name,
        version: model.version,
        sha256: model.sha256,
        calibration: model.calibration,
        thresholds: model.thresholds,
      },
      // The cohort does not show, and would not survive the copy to the worker by itself.
      normalization: model.normalization && {
        top: model.normalization.top,
        cohort: model.normalization.cohort,
      },
      speechOnly: this.speechOnly,
      program: `voiceprint-web in a browser, ${backend.name === 'webgpu' ? 'WebGPU' : 'WebAssembly'} (${navigator.userAgent})`,
    });
  }

  #key(verifier: Verifier, { path, file }: GivenFile): string {
    const parts = [verifier.model.sha256, this.speechOnly, path, file.size, file.lastModified];
    return parts.join('|');
  }

  #match(): void {
    this.matched = matchFiles(this.list?.files ?? [], this.given);
    this.dispatchEvent(new Event('change'));
  }

  #ask(request: EvaluateRequest): void {
    worker.postMessage(request);
  }

  #listen(): void {
    worker.onmessage = ({ data }: MessageEvent<EvaluateReply>) => this.#hear(data);
    worker.onerror = () => {
      this.#restartWorker();
      const message =
        'The browser ended the evaluation, most likely for want of memory. Close other tabs, or use the command.';
      this.#set({ name: 'failed', code: undefined, message });
    };
  }

  /** The list goes with the worker, so it is asked for again. */
  #restartWorker(): void {
    worker.terminate();
    worker = startWorker();
    this.#listen();
    this.list = undefined;
    this.matched = [];
    this.#set({ name: 'idle' });
  }

  #hear(reply: EvaluateReply): void {
    if (reply.type === 'read') {
      this.list = reply.contents;
      this.step = { name: 'idle' };
      this.#match();
    } else if (reply.type === 'measuring') {
      this.#set({ name: 'measuring', done: reply.done, total: reply.total });
    } else if (reply.type === 'measured') {
      this.#set({ name: 'finished', report: reply.report });
    } else if (reply.type === 'scores') {
      this.#scores?.(reply.file);
      this.#scores = undefined;
    } else {
      this.#set({ name: 'failed', code: reply.code, message: reply.message });
    }
  }

  #set(step: Step): void {
    this.step = step;
    this.dispatchEvent(new Event('change'));
  }
}

export const evaluationRun = new EvaluationRun();
