import { ByteReader } from '../byte-reader.js';
import { malformed, unsupported } from '../failures.js';
import { callGlobal, findGlobal, isForeign, storageFromId } from './allow-list.js';
import { COST, type PickleBudget } from './budget.js';
import {
  PickleDict,
  PickleForeign,
  PickleGlobal,
  PickleList,
  PickleSet,
  type PickleStorage,
  PickleTensor,
  PickleTuple,
  type PickleValue,
  RefusedTensor,
} from './values.js';

const STOP = 0x2e;
const OPERATIONS = new Map<number, (machine: PickleMachine) => void>();
const LONGEST_LINE = 1024;
const LONGEST_INTEGER = 64;

/**
 * Reads one pickle (protocols 2 to 5, CPython's Lib/pickletools.py names the opcodes) with a stack
 * machine that runs no code of the file: it builds plain values, tensors as descriptions, and
 * placeholders for objects of all other classes. Every opcode takes at least one byte and none jumps;
 * whatever an opcode makes is taken from a budget first.
 */
export class PickleMachine {
  /** The storages that the pickle refers to, by key. */
  readonly storages = new Map<string, PickleStorage>();
  /** Classes and functions that the pickle names and that mean nothing here. */
  readonly foreign = new Set<string>();
  readonly #reader: ByteReader;
  readonly #budget: PickleBudget;
  /** An array, whose sparse form has seeded hashes: a file chooses the numbers. */
  readonly #memo: PickleValue[] = [];
  #memoized = 0;
  readonly #marks: number[] = [];
  readonly #stack: PickleValue[] = [];

  constructor(bytes: Uint8Array, budget: PickleBudget, position = 0) {
    this.#reader = new ByteReader(bytes, 'The pickle', position);
    this.#budget = budget;
  }

  /** Where the next byte after the pickle is. */
  get position(): number {
    return this.#reader.position;
  }

  /**
   * @throws VoiceprintError `checkpoint/malformed`, `checkpoint/unsupported` (another protocol),
   *   `checkpoint/limit`.
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
      this.#budget.spend(COST.step);
      operation(this);
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
    this.#budget.value(this.#stack.length - mark);
    return this.#stack.splice(mark);
  }

  #popTuple(size: number): void {
    this.#budget.value(size);
    const items = Array.from({ length: size }, () => this.#pop()).reverse();
    this.#push(new PickleTuple(items));
  }

  #popText(): string {
    const value = this.#pop();
    if (typeof value !== 'string') throw malformed('The pickle names a class by something else');
    return value;
  }

  /** A new, empty container. */
  #make(value: PickleValue): void {
    this.#budget.value();
    this.#push(value);
  }

  /** A list may be of a subclass that is not known here: then its items are passed over. */
  #append(items: readonly PickleValue[]): void {
    const list = this.#top();
    if (list instanceof PickleForeign) return;
    if (!(list instanceof PickleList)) throw malformed('The pickle appends to what is no list');
    this.#budget.value(items.length);
    for (const item of items) list.items.push(item);
  }

  #addToSet(items: readonly PickleValue[]): void {
    const set = this.#top();
    if (set instanceof PickleForeign) return;
    if (!(set instanceof PickleSet)) throw malformed('The pickle adds to what is no set');
    this.#budget.value(items.length);
    for (const item of items) set.items.push(item);
  }

  #setItems(items: readonly PickleValue[]): void {
    const dict = this.#top();
    if (dict instanceof PickleForeign) return;
    if (!(dict instanceof PickleDict) || items.length % 2 !== 0) {
      throw malformed('The pickle sets items of what is no dict');
    }
    for (let i = 0; i < items.length; i += 2) {
      this.#budget.value();
      dict.set(items[i] ?? null, items[i + 1] ?? null);
    }
  }

  /**
   * A Namespace has nothing but attributes. What an OrderedDict carries beside its items is torch's
   * `_metadata`, the version numbers of modules, which are not needed; nor are those of a tensor.
   */
  #build(): void {
    const state = this.#pop();
    const object = this.#top();
    if (isOpaque(object)) return;
    if (!(object instanceof PickleDict)) {
      throw malformed('The pickle sets attributes of what is no object');
    }
    if (object.kind !== 'namespace' || !(state instanceof PickleDict)) return;
    for (const [key, value] of state.entries) {
      this.#budget.value();
      object.set(key, value);
    }
  }

  #put(index: number): void {
    this.#budget.spend(COST.item);
    if (this.#memo[index] === undefined) this.#memoized += 1;
    this.#memo[index] = this.#top();
  }

  #get(index: number): void {
    const value = this.#memo[index];
    if (value === undefined) throw malformed(`The pickle recalls value ${index} before it is kept`);
    this.#push(value);
  }

  #name(module: string, name: string): void {
    const found = findGlobal(module, name, this.#budget);
    if (found instanceof PickleGlobal && isForeign(found.name)) this.foreign.add(found.name);
    this.#push(found);
  }

  #call(): void {
    const args = this.#pop();
    this.#push(callGlobal(this.#pop(), args, this.#budget));
  }

  #text(length: number): void {
    this.#reader.expect(length);
    this.#budget.text(length);
    this.#push(this.#reader.text(length));
  }

  /** What Python 2 wrote: bytes that are mostly text. */
  #latin1(length: number): void {
    this.#reader.expect(length);
    this.#budget.text(length);
    this.#push(this.#reader.latin1(length));
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
      set(opcode, (m) => m.#text(length(m.#reader)));
    const bytes = (opcode: number, length: (reader: ByteReader) => number) =>
      set(opcode, (m) => m.#make(m.#reader.bytes(length(m.#reader))));

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
    set(0x54, (m) => m.#latin1(m.#reader.uint32())); // BINSTRING
    set(0x55, (m) => m.#latin1(m.#reader.uint8())); // SHORT_BINSTRING
    bytes(0x42, (reader) => reader.uint32()); // BINBYTES
    bytes(0x43, (reader) => reader.uint8()); // SHORT_BINBYTES
    bytes(0x8e, (reader) => reader.uint64()); // BINBYTES8
    bytes(0x96, (reader) => reader.uint64()); // BYTEARRAY8

    set(0x5d, (m) => m.#make(new PickleList())); // EMPTY_LIST
    set(0x61, (m) => m.#append([m.#pop()])); // APPEND
    set(0x65, (m) => m.#append(m.#popMark())); // APPENDS
    set(0x29, (m) => m.#make(new PickleTuple([]))); // EMPTY_TUPLE
    set(0x85, (m) => m.#popTuple(1)); // TUPLE1
    set(0x86, (m) => m.#popTuple(2)); // TUPLE2
    set(0x87, (m) => m.#popTuple(3)); // TUPLE3
    set(0x74, (m) => m.#push(new PickleTuple(m.#popMark()))); // TUPLE
    set(0x7d, (m) => m.#make(new PickleDict())); // EMPTY_DICT
    set(0x73, (m) => m.#setItems([m.#pop(), m.#pop()].reverse())); // SETITEM
    set(0x75, (m) => m.#setItems(m.#popMark())); // SETITEMS
    set(0x8f, (m) => m.#make(new PickleSet())); // EMPTY_SET
    set(0x90, (m) => m.#addToSet(m.#popMark())); // ADDITEMS
    set(0x91, (m) => {
      const items = m.#popMark();
      m.#make(new PickleSet());
      m.#addToSet(items);
    }); // FROZENSET

    set(0x71, (m) => m.#put(m.#reader.uint8())); // BINPUT
    set(0x72, (m) => m.#put(m.#reader.uint32())); // LONG_BINPUT
    set(0x94, (m) => m.#put(m.#memoized)); // MEMOIZE
    set(0x68, (m) => m.#get(m.#reader.uint8())); // BINGET
    set(0x6a, (m) => m.#get(m.#reader.uint32())); // LONG_BINGET

    set(0x63, (m) => {
      const module = m.#reader.line(LONGEST_LINE);
      m.#name(module, m.#reader.line(LONGEST_LINE));
    }); // GLOBAL
    set(0x93, (m) => {
      const name = m.#popText();
      m.#name(m.#popText(), name);
    }); // STACK_GLOBAL
    set(0x52, (m) => m.#call()); // REDUCE
    set(0x81, (m) => m.#call()); // NEWOBJ
    set(0x92, (m) => {
      m.#pop();
      m.#call();
    }); // NEWOBJ_EX
    set(0x62, (m) => m.#build()); // BUILD
    set(0x51, (m) => {
      m.#budget.value();
      const storage = storageFromId(m.#pop());
      m.storages.set(storage.key, storage);
      m.#push(storage);
    }); // BINPERSID
  }
}

function isOpaque(value: PickleValue): boolean {
  return (
    value instanceof PickleForeign ||
    value instanceof PickleTensor ||
    value instanceof RefusedTensor
  );
}
