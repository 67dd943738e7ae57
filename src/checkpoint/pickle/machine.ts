import { ByteReader } from '../byte-reader.js';
import { malformed, overLimit, unsupported } from '../failures.js';
import type { CheckpointLimits } from '../limits.js';
import { callGlobal, findGlobal, storageFromId } from './allow-list.js';
import {
  PickleDict,
  PickleList,
  PickleSet,
  type PickleStorage,
  PickleTuple,
  type PickleValue,
} from './values.js';

const STOP = 0x2e;
const OPERATIONS = new Map<number, (machine: PickleMachine) => void>();
const LONGEST_LINE = 1024;
const LONGEST_INTEGER = 64;

/**
 * Reads one pickle (protocols 2 to 5, CPython's Lib/pickletools.py names the opcodes) with a stack
 * machine that runs no code of the file: it builds plain values, and tensors as descriptions.
 * Every opcode takes at least one byte and none jumps, so the time is bounded by the length.
 */
export class PickleMachine {
  /** The storages that the pickle refers to, by key. */
  readonly storages = new Map<PickleValue, PickleStorage>();
  readonly #reader: ByteReader;
  readonly #limits: CheckpointLimits;
  readonly #memo = new Map<number, PickleValue>();
  readonly #marks: number[] = [];
  readonly #stack: PickleValue[] = [];

  constructor(bytes: Uint8Array, limits: CheckpointLimits, position = 0) {
    this.#reader = new ByteReader(bytes, 'The pickle', position);
    this.#limits = limits;
  }

  /** Where the next byte after the pickle is. */
  get position(): number {
    return this.#reader.position;
  }

  /**
   * @throws VoiceprintError `checkpoint/malformed`, `checkpoint/unsupported` (a class that is not
   *   on the allow-list, another protocol), `checkpoint/limit`.
   */
  run(): PickleValue {
    const reader = this.#reader;
    if (reader.uint8() !== 0x80) throw malformed('The pickle does not start with its protocol');
    this.#checkProtocol(reader.uint8());
    for (;;) {
      const opcode = reader.uint8();
      if (opcode === STOP) return this.#pop();
      const operation = OPERATIONS.get(opcode);
      if (operation === undefined) {
        throw malformed(
          `The pickle holds the opcode 0x${opcode.toString(16)} at ${reader.position - 1}, which protocols 2 to 5 do not write`,
        );
      }
      operation(this);
      const values = this.#stack.length + this.#memo.size;
      const { pickleValues } = this.#limits;
      if (values > pickleValues) {
        throw overLimit('The pickle keeps values', values, pickleValues, 'pickleValues');
      }
    }
  }

  #checkProtocol(protocol: number): void {
    if (protocol >= 2 && protocol <= 5) return;
    throw unsupported(
      `The pickle has protocol ${protocol}`,
      'Save it with a protocol from 2 to 5 (torch.save takes 2).',
    );
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const value = this.#stack.length > (this.#marks.at(-1) ?? 0) ? this.#stack.pop() : undefined;
    if (value === undefined) throw malformed('The pickle takes a value from an empty stack');
    return value;
  }

  #top(): PickleValue {
    const value = this.#pop();
    this.#push(value);
    return value;
  }

  #popMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw malformed('The pickle ends a list that did not start');
    return this.#stack.splice(mark);
  }

  #popTuple(size: number): void {
    const items = Array.from({ length: size }, () => this.#pop()).reverse();
    this.#push(new PickleTuple(items));
  }

  #popText(): string {
    const value = this.#pop();
    if (typeof value !== 'string') throw malformed('The pickle names a class by something else');
    return value;
  }

  #append(items: readonly PickleValue[]): void {
    const list = this.#top();
    if (!(list instanceof PickleList)) throw malformed('The pickle appends to what is no list');
    for (const item of items) list.items.push(item);
  }

  #addToSet(items: readonly PickleValue[]): void {
    const set = this.#top();
    if (!(set instanceof PickleSet)) throw malformed('The pickle adds to what is no set');
    for (const item of items) set.items.add(item);
  }

  #setItems(items: readonly PickleValue[]): void {
    const dict = this.#top();
    if (!(dict instanceof PickleDict) || items.length % 2 !== 0) {
      throw malformed('The pickle sets items of what is no dict');
    }
    for (let i = 0; i < items.length; i += 2) {
      dict.entries.set(items[i] ?? null, items[i + 1] ?? null);
    }
  }

  /**
   * A Namespace has nothing but attributes. What an OrderedDict carries beside its items is torch's
   * `_metadata`, the version numbers of modules, which are not needed.
   */
  #build(): void {
    const state = this.#pop();
    const object = this.#top();
    if (!(object instanceof PickleDict)) {
      throw malformed('The pickle sets attributes of what is no object');
    }
    if (object.kind !== 'namespace' || !(state instanceof PickleDict)) return;
    for (const [key, value] of state.entries) object.entries.set(key, value);
  }

  #put(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw malformed(`The pickle recalls value ${index} before it is kept`);
    this.#push(value);
  }

  #integer(bytes: number): void {
    if (bytes > LONGEST_INTEGER) throw malformed(`The pickle holds an integer of ${bytes} bytes`);
    let value = 0n;
    const digits = this.#reader.bytes(bytes);
    for (const digit of digits.toReversed()) value = (value << 8n) | BigInt(digit);
    value = BigInt.asIntN(8 * bytes, value);
    const exact = Number(value);
    this.#push(Number.isSafeInteger(exact) ? exact : value);
  }

  static {
    const set = (opcode: number, operation: (machine: PickleMachine) => void) =>
      OPERATIONS.set(opcode, operation);
    const text = (opcode: number, length: (reader: ByteReader) => number) =>
      set(opcode, (m) => m.#push(m.#reader.text(length(m.#reader))));
    const bytes = (opcode: number, length: (reader: ByteReader) => number) =>
      set(opcode, (m) => m.#push(m.#reader.bytes(length(m.#reader))));

    set(0x80, (m) => m.#checkProtocol(m.#reader.uint8())); // PROTO
    set(0x95, (m) => m.#reader.uint64()); // FRAME
    set(0x28, (m) => m.#marks.push(m.#stack.length)); // MARK
    set(0x30, (m) => m.#pop()); // POP
    set(0x31, (m) => m.#popMark()); // POP_MARK
    set(0x32, (m) => m.#push(m.#top())); // DUP

    set(0x4e, (m) => m.#push(null)); // NONE
    set(0x88, (m) => m.#push(true)); // NEWTRUE
    set(0x89, (m) => m.#push(false)); // NEWFALSE
    set(0x4a, (m) => m.#push(m.#reader.int32())); // BININT
    set(0x4b, (m) => m.#push(m.#reader.uint8())); // BININT1
    set(0x4d, (m) => m.#push(m.#reader.uint16())); // BININT2
    set(0x8a, (m) => m.#integer(m.#reader.uint8())); // LONG1
    set(0x8b, (m) => m.#integer(m.#reader.uint32())); // LONG4
    set(0x47, (m) => m.#push(m.#reader.float64BigEndian())); // BINFLOAT

    text(0x58, (reader) => reader.uint32()); // BINUNICODE
    text(0x8c, (reader) => reader.uint8()); // SHORT_BINUNICODE
    text(0x8d, (reader) => reader.uint64()); // BINUNICODE8
    text(0x54, (reader) => reader.uint32()); // BINSTRING
    text(0x55, (reader) => reader.uint8()); // SHORT_BINSTRING
    bytes(0x42, (reader) => reader.uint32()); // BINBYTES
    bytes(0x43, (reader) => reader.uint8()); // SHORT_BINBYTES
    bytes(0x8e, (reader) => reader.uint64()); // BINBYTES8
    bytes(0x96, (reader) => reader.uint64()); // BYTEARRAY8

    set(0x5d, (m) => m.#push(new PickleList())); // EMPTY_LIST
    set(0x61, (m) => m.#append([m.#pop()])); // APPEND
    set(0x65, (m) => m.#append(m.#popMark())); // APPENDS
    set(0x29, (m) => m.#push(new PickleTuple([]))); // EMPTY_TUPLE
    set(0x85, (m) => m.#popTuple(1)); // TUPLE1
    set(0x86, (m) => m.#popTuple(2)); // TUPLE2
    set(0x87, (m) => m.#popTuple(3)); // TUPLE3
    set(0x74, (m) => m.#push(new PickleTuple(m.#popMark()))); // TUPLE
    set(0x7d, (m) => m.#push(new PickleDict())); // EMPTY_DICT
    set(0x73, (m) => m.#setItems([m.#pop(), m.#pop()].reverse())); // SETITEM
    set(0x75, (m) => m.#setItems(m.#popMark())); // SETITEMS
    set(0x8f, (m) => m.#push(new PickleSet())); // EMPTY_SET
    set(0x90, (m) => m.#addToSet(m.#popMark())); // ADDITEMS
    set(0x91, (m) => {
      const items = m.#popMark();
      m.#push(new PickleSet());
      m.#addToSet(items);
    }); // FROZENSET

    set(0x71, (m) => m.#put(m.#reader.uint8())); // BINPUT
    set(0x72, (m) => m.#put(m.#reader.uint32())); // LONG_BINPUT
    set(0x94, (m) => m.#put(m.#memo.size)); // MEMOIZE
    set(0x68, (m) => m.#get(m.#reader.uint8())); // BINGET
    set(0x6a, (m) => m.#get(m.#reader.uint32())); // LONG_BINGET

    set(0x63, (m) => {
      const module = m.#reader.line(LONGEST_LINE);
      m.#push(findGlobal(module, m.#reader.line(LONGEST_LINE)));
    }); // GLOBAL
    set(0x93, (m) => {
      const name = m.#popText();
      m.#push(findGlobal(m.#popText(), name));
    }); // STACK_GLOBAL
    set(0x52, (m) => {
      const args = m.#pop();
      m.#push(callGlobal(m.#pop(), args));
    }); // REDUCE
    set(0x81, (m) => {
      const args = m.#pop();
      m.#push(callGlobal(m.#pop(), args));
    }); // NEWOBJ
    set(0x92, (m) => {
      m.#pop();
      const args = m.#pop();
      m.#push(callGlobal(m.#pop(), args));
    }); // NEWOBJ_EX
    set(0x62, (m) => m.#build()); // BUILD
    set(0x51, (m) => {
      const storage = storageFromId(m.#pop());
      m.storages.set(storage.key, storage);
      m.#push(storage);
    }); // BINPERSID
  }
}
