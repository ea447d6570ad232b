/**
 * Reads Python's pickles and executes nothing: values are built by a small stack machine, and whatever a pickle would
 * import or call is handed to the caller by name, to be known or refused. Opcodes of protocols 2 to 5, as far as files of
 * weights need them: https://github.com/python/cpython/blob/main/Lib/pickletools.py
 */

/** A dict or an OrderedDict is a Map; lists and tuples are arrays. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Pickled[]
  | Map<Pickled, Pickled>
  | PickledGlobal
  | object;

/** A class or function that a pickle names; it stays a name. */
export class PickledGlobal {
  readonly name: string;

  /** @param name with its module: `collections.OrderedDict` */
  constructor(name: string) {
    this.name = name;
  }
}

export interface PickleHandlers {
  /** Of what is named, whether or not it would be called. Throws for what is not known. */
  global(name: string): void;
  /** What a call of `name` gives. Throws for what is not known. */
  call(name: string, args: readonly Pickled[]): Pickled;
  /** What stands outside the pickle under this id. */
  persistent(id: Pickled): Pickled;
}

/** The bytes are no pickle, or one with something in it that weights do not need. */
export class PickleError extends Error {
  override readonly name = 'PickleError';
}

/** The bytes end before the pickle does. */
export class PickleCut extends PickleError {}

export interface ReadPickle {
  readonly value: Pickled;
  /** Where the next byte after it stands. */
  readonly end: number;
}

/** One pickle, from `start` on. */
export function readPickle(bytes: Uint8Array, handlers: PickleHandlers, start = 0): ReadPickle {
  const machine = new Machine(bytes, handlers, start);
  while (machine.step());
  return { value: machine.pop(), end: machine.at };
}

const STOP = 0x2e;

class Machine {
  readonly handlers: PickleHandlers;
  at: number;
  readonly #bytes: Buffer;
  #stack: Pickled[] = [];
  /** Stacks that wait below a mark. */
  readonly #marked: Pickled[][] = [];
  readonly #memo = new Map<number, Pickled>();

  constructor(bytes: Uint8Array, handlers: PickleHandlers, start: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.handlers = handlers;
    this.at = start;
  }

  /** False once the pickle is at its end. */
  step(): boolean {
    const opcode = this.byte();
    if (opcode === STOP) return false;
    const operation = OPERATIONS.get(opcode);
    if (!operation) throw new PickleError(`an operation 0x${opcode.toString(16).padStart(2, '0')}`);
    operation(this);
    return true;
  }

  take(count: number): Buffer {
    const end = this.at + count;
    if (!(end <= this.#bytes.length)) throw new PickleCut('an end before the end of the pickle');
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  uint64(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  text(length: number): string {
    return this.take(length).toString('utf8');
  }

  line(): string {
    const length = this.#bytes.indexOf(0x0a, this.at) - this.at;
    const line = this.text(length < 0 ? Number.POSITIVE_INFINITY : length);
    this.at++;
    return line;
  }

  push(value: Pickled): void {
    this.#stack.push(value);
  }

  pop(): Pickled {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  top(): Pickled {
    const value = this.#stack.at(-1);
    if (value === undefined) throw new PickleError('an operation without its operand');
    return value;
  }

  mark(): void {
    this.#marked.push(this.#stack);
    this.#stack = [];
  }

  popToMark(): Pickled[] {
    const values = this.#stack;
    const below = this.#marked.pop();
    if (!below) throw new PickleError('an operation without its mark');
    this.#stack = below;
    return values;
  }

  remember(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new PickleError('a reference to nothing');
    this.push(value);
  }

  global(module: Pickled, name: Pickled): void {
    if (typeof name !== 'string' || typeof module !== 'string') throw new PickleError('a name that is no text');
    this.handlers.global(`${module}.${name}`);
    this.push(new PickledGlobal(`${module}.${name}`));
  }

  call(callee: Pickled, args: Pickled): void {
    if (!(callee instanceof PickledGlobal)) throw new PickleError('a call of what is no function');
    if (!Array.isArray(args)) throw new PickleError('a call without arguments');
    this.push(this.handlers.call(callee.name, args));
  }

  setItems(items: readonly Pickled[]): void {
    const target = this.top();
    if (!(target instanceof Map) || items.length % 2 === 1) throw new PickleError('items for what is no dict');
    for (let index = 0; index < items.length; index += 2) target.set(items[index]!, items[index + 1]!);
  }

  append(items: readonly Pickled[]): void {
    const target = this.top();
    if (!Array.isArray(target)) throw new PickleError('items for what is no list');
    for (const item of items) target.push(item);
  }
}

/** The last `count` values, in the order in which they were pushed. */
function popped(machine: Machine, count: number): Pickled[] {
  return Array.from({ length: count }, () => machine.pop()).reverse();
}

/** Little-endian, in two's complement. */
function longOf(digits: Uint8Array): number | bigint {
  const hex = Buffer.from(digits).reverse().toString('hex');
  const value = BigInt.asIntN(8 * digits.length, BigInt(`0x${hex || 0}`));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Attributes for an object; a dict's (`_metadata` of a state_dict) say nothing of the weights. */
function build(machine: Machine): void {
  machine.pop();
  if (!(machine.top() instanceof Map)) throw new PickleError('attributes for what is no dict');
}

function checkProtocol(version: number): void {
  if (version < 2 || version > 5) throw new PickleError(`version ${version} of the format`);
}

const OPERATIONS: ReadonlyMap<number, (machine: Machine) => void> = new Map<number, (machine: Machine) => void>([
  [0x80, (m) => checkProtocol(m.byte())], // PROTO
  [0x95, (m) => void m.take(8)], // FRAME
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => void m.pop()], // POP
  [0x31, (m) => void m.popToMark()], // POP_MARK
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.take(4).readInt32LE())], // BININT
  [0x4b, (m) => m.push(m.byte())], // BININT1
  [0x4d, (m) => m.push(m.take(2).readUInt16LE())], // BININT2
  [0x8a, (m) => m.push(longOf(m.take(m.byte())))], // LONG1
  [0x47, (m) => m.push(m.take(8).readDoubleBE())], // BINFLOAT
  [0x55, (m) => m.push(m.text(m.byte()))], // SHORT_BINSTRING
  [0x54, (m) => m.push(m.text(m.uint32()))], // BINSTRING
  [0x8c, (m) => m.push(m.text(m.byte()))], // SHORT_BINUNICODE
  [0x58, (m) => m.push(m.text(m.uint32()))], // BINUNICODE
  [0x8d, (m) => m.push(m.text(m.uint64()))], // BINUNICODE8
  [0x43, (m) => m.push(Uint8Array.from(m.take(m.byte())))], // SHORT_BINBYTES
  [0x42, (m) => m.push(Uint8Array.from(m.take(m.uint32())))], // BINBYTES
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x6c, (m) => m.push(m.popToMark())], // LIST
  [0x74, (m) => m.push(m.popToMark())], // TUPLE
  [0x85, (m) => m.push(popped(m, 1))], // TUPLE1
  [0x86, (m) => m.push(popped(m, 2))], // TUPLE2
  [0x87, (m) => m.push(popped(m, 3))], // TUPLE3
  [0x61, (m) => m.append(popped(m, 1))], // APPEND
  [0x65, (m) => m.append(m.popToMark())], // APPENDS
  [0x73, (m) => m.setItems(popped(m, 2))], // SETITEM
  [0x75, (m) => m.setItems(m.popToMark())], // SETITEMS
  [0x71, (m) => m.remember(m.byte())], // BINPUT
  [0x72, (m) => m.remember(m.uint32())], // LONG_BINPUT
  [0x94, (m) => m.remember()], // MEMOIZE
  [0x68, (m) => m.recall(m.byte())], // BINGET
  [0x6a, (m) => m.recall(m.uint32())], // LONG_BINGET
  [0x63, (m) => m.global(m.line(), m.line())], // GLOBAL
  [0x69, (m) => m.global(m.line(), m.line())], // INST, of protocol 0: known names are never written so
  [0x93, (m) => m.global(...pairOf(popped(m, 2)))], // STACK_GLOBAL
  [0x52, (m) => m.call(...pairOf(popped(m, 2)))], // REDUCE
  [0x81, (m) => m.call(...pairOf(popped(m, 2)))], // NEWOBJ
  [0x62, build], // BUILD
  [0x51, (m) => m.push(m.handlers.persistent(m.pop()))], // BINPERSID
]);

function pairOf([first, second]: readonly Pickled[]): [Pickled, Pickled] {
  return [first ?? null, second ?? null];
}
