import { overLimit } from '../failures.js';
import { CHECKPOINT_LIMITS, type CheckpointLimits } from '../limits.js';

/** What every file may spend, however short it is. */
const FOUNDATION = 8 * 2 ** 20;
/** What each byte of the file adds: a tensor takes 3 kB here, and more than 100 bytes on disk. */
const PER_FILE_BYTE = 64;

/** About the memory that each thing takes, in bytes. */
export const COST = {
  /** An opcode, also one that keeps nothing: it takes time. */
  step: 8,
  /** Text, number, list, dict or object, without what is in it. */
  value: 96,
  /** One entry of a container or of the memo. */
  item: 16,
  character: 2,
} as const;

/**
 * What reading a pickle may cost altogether. Everything that the file can make the reader do is
 * spent here, at the place where it is done, before it is done: short files have stood for
 * gigabytes of copies.
 */
export class PickleBudget {
  /** In all, in bytes. */
  readonly allowed: number;
  #spent = 0;

  /**
   * @param fileBytes - Size of the whole file: a short one has little to say, unless the caller
   *   trusts it and has raised the limit.
   */
  constructor({ pickleBytes }: CheckpointLimits, fileBytes: number) {
    const usual = Math.min(pickleBytes, FOUNDATION + PER_FILE_BYTE * fileBytes);
    this.allowed = pickleBytes > CHECKPOINT_LIMITS.pickleBytes ? pickleBytes : usual;
  }

  /** @throws VoiceprintError `checkpoint/limit` when no more is left. */
  spend(cost: number): void {
    this.#spent += cost;
    if (this.#spent > this.allowed) {
      throw overLimit(
        'The pickle asks for bytes of memory and work',
        this.#spent,
        this.allowed,
        'pickleBytes',
      );
    }
  }

  value(items = 0): void {
    this.spend(COST.value + items * COST.item);
  }

  text(characters: number): void {
    this.spend(COST.value + characters * COST.character);
  }
}
