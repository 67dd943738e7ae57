/** What this package uses of the Speex resampler's C interface, as emscripten exposes it. */
declare module '@echogarden/speex-resampler-wasm' {
  export interface SpeexModule {
    readonly HEAPU32: Uint32Array;
    readonly HEAPF32: Float32Array;
    _malloc(bytes: number): number;
    /** @returns a state, or 0 with an error code at `errorPointer`. */
    _speex_resampler_init(
      channels: number,
      inputRate: number,
      outputRate: number,
      quality: number,
      errorPointer: number,
    ): number;
    _speex_resampler_destroy(state: number): void;
    _speex_resampler_skip_zeros(state: number): number;
    _speex_resampler_get_input_latency(state: number): number;
    /** Lengths at the pointers are read as room and written as what was used. */
    _speex_resampler_process_float(
      state: number,
      channel: number,
      input: number,
      inputLengthPointer: number,
      output: number,
      outputLengthPointer: number,
    ): number;
  }
  /** @param options.locateFile - Gives the address of the .wasm file. */
  export default function createSpeex(options: {
    locateFile(name: string): string;
  }): Promise<SpeexModule>;
}
