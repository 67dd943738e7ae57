// Collects what a microphone delivers and posts it to the page in chunks.
//
// This file reaches the browser as it is: bundlers copy files that are named by
// `new URL('./microphone.worklet.js', import.meta.url)` without compiling them. So it is plain
// JavaScript for every browser that has AudioWorklet, imports nothing, and carries its types in
// comments.
//
// It is kept above 4 KiB on purpose, comments included. Bundlers turn smaller files into `data:`
// addresses, and a page under the content security policy `script-src 'self'` refuses to load a
// worklet from one. What follows is therefore the full account of the protocol, which has to be
// written down somewhere anyway.
//
// How it is used
// --------------
// The page loads this file with `context.audioWorklet.addModule(url)`, makes an
// `AudioWorkletNode(context, 'voiceprint-microphone', { processorOptions })`, and connects the
// microphone's source to it. The node has one input, mixed to one channel by the node's own
// `channelCount: 1` and `channelCountMode: 'explicit'`, and no use for its output, which stays
// silent, so that nobody hears themselves.
//
// Options (`processorOptions`)
// ----------------------------
// - `chunkFrames` (whole number, 128 or more): samples per chunk at the rate of the context. The
//   page asks for 32 ms: one frame of the speech detector, and a level meter that looks alive.
//
// Messages from here to the page
// ------------------------------
// - a `Float32Array` of `chunkFrames` samples: the next chunk, in order and without gaps. Its
//   buffer is transferred, not copied: the page owns it from then on, and this side allocates the
//   next one, unless the page has given one back. At 16 kHz that is 31 arrays of 2 KB a second,
//   which the garbage collector takes back as soon as the page lets go of them; nothing accumulates
//   here.
//
// Messages from the page to here
// ------------------------------
// - `'stop'`: nothing is posted any more, and the processor lets the browser free it. What was
//   collected since the last whole chunk is dropped: less than 32 ms, after the person has pressed
//   the button or fallen silent.
//
// - a `Float32Array` of `chunkFrames` samples: a chunk that the page is done with, its buffer
//   transferred. It is filled again, so that a page which gives all of them back runs for hours on
//   the same few arrays. Other lengths are ignored.
//
// What it does not do
// -------------------
// It does not resample: where a browser refuses a 16 kHz context on a microphone (Firefox), the
// page does that with a real low-pass, on the chunks it gets. It does not measure: levels and
// speech are judged where they are shown. And it does not drop anything: while the browser gives
// no input (a track that is muted or has ended comes as an input without channels), time does not
// advance here, and the page notices by the events of the track.
//
// Blocks are 128 frames in every browser today, but the specification lets contexts choose
// another size, so none is assumed.

class MicrophoneProcessor extends AudioWorkletProcessor {
  /** @param {{ processorOptions: { chunkFrames: number } }} options */
  constructor(options) {
    super();
    /** @type {number} */
    this.chunkFrames = options.processorOptions.chunkFrames;
    this.chunk = new Float32Array(this.chunkFrames);
    this.filled = 0;
    this.stopped = false;
    /** @type {Float32Array[]} */
    this.spare = [];
    this.port.onmessage = ({ data }) => {
      if (data === 'stop') this.stopped = true;
      else if (data instanceof Float32Array && data.length === this.chunkFrames) {
        this.spare.push(data);
      }
    };
  }

  /**
   * @param {Float32Array[][]} inputs - One input of one channel, or of none while it is muted.
   * @returns {boolean} Whether the processor wants to live on.
   */
  process(inputs) {
    const samples = inputs[0]?.[0];
    if (samples !== undefined && !this.stopped) this.collect(samples);
    return !this.stopped;
  }

  /** @param {Float32Array} samples */
  collect(samples) {
    let position = 0;
    while (position < samples.length) {
      const room = this.chunkFrames - this.filled;
      const piece = samples.subarray(position, position + room);
      this.chunk.set(piece, this.filled);
      this.filled += piece.length;
      position += piece.length;
      if (this.filled === this.chunkFrames) this.post();
    }
  }

  /** Gives the chunk away: its buffer is transferred. */
  post() {
    this.port.postMessage(this.chunk, [this.chunk.buffer]);
    this.chunk = this.spare.pop() ?? new Float32Array(this.chunkFrames);
    this.filled = 0;
  }
}

registerProcessor('voiceprint-microphone', MicrophoneProcessor);
