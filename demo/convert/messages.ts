import type { ConvertReport, ConvertStage, FrontEndPreset, Manifest } from 'voiceprint-web/convert';

export type Precision = Manifest['precision'];

/** What the page asks of the worker: one conversion at a time. */
export type ConvertRequest =
  | {
      readonly type: 'convert';
      readonly file: File;
      readonly precision: Precision;
      readonly name: string;
      /** Undefined takes the commonest for the keys. */
      readonly frontEnd: FrontEndPreset | undefined;
    }
  | { readonly type: 'zip'; readonly files: ReadonlyMap<string, Blob> };

export interface KeyRow {
  readonly key: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** What the file holds, known before anything is built of it. */
export interface Contents {
  readonly format: 'pytorch' | 'safetensors';
  readonly rows: readonly KeyRow[];
  /** Metadata as one line each. */
  readonly metadata: readonly (readonly [name: string, value: string])[];
}

/** A finished model folder; its files are blobs, which cost the page no memory. */
export interface Converted {
  readonly report: ConvertReport;
  readonly name: string;
  readonly precision: Precision;
  readonly embeddingSize: number;
  readonly bytes: number;
  readonly frontEnd: string;
  readonly files: ReadonlyMap<string, Blob>;
  /** Bytes of the file and of every graph that was built of it. */
  readonly heldBytes: number;
  readonly milliseconds: number;
}

export type ConvertReply =
  | { readonly type: 'reading'; readonly bytes: number; readonly totalBytes: number }
  | { readonly type: 'contents'; readonly contents: Contents }
  | { readonly type: 'stage'; readonly stage: ConvertStage }
  | { readonly type: 'converted'; readonly converted: Converted }
  | { readonly type: 'zipped'; readonly file: Blob }
  | { readonly type: 'failed'; readonly code: string | undefined; readonly message: string };
