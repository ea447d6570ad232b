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
  return { value: machine.result(), end: machine.at };
}

class Machine {
  at: number;
  readonly #bytes: Buffer;
  readonly #handlers: PickleHandlers;
  #stack: Pickled[] = [];
  /** Stacks that wait below a mark. */
  readonly #marked: Pickled[][] = [];
  readonly #memo = new Map<number, Pickled>();

  constructor(bytes: Uint8Array, handlers: PickleHandlers, start: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#handlers = handlers;
    this.at = start;
  }

  result(): Pickled {
    return this.#pop();
  }

  /** False once the pickle is at its end. */
  step(): boolean {
    const opcode = this.#take(1)[0]!;
    if (opcode === STOP) return false;
    const operation = OPERATIONS.get(opcode);
    if (!operation) throw new PickleError(`an operation 0x${opcode.toString(16).padStart(2, '0')}`);
    this[operation]();
    return true;
  }

  #take(count: number): Buffer {
    const end = this.at + count;
    if (end > this.#bytes.length) throw new PickleCut('an end before the end of the pickle');
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.at);
    if (end === -1) throw new PickleCut('an end before the end of the pickle');
    const line = this.#bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return line;
  }

  #pop(): Pickled {
    const value = this.#stack.pop();
    if (value === undefined) throw new PickleError('an operation without its operand');
    return value;
  }

  #popToMark(): Pickled[] {
    const values = this.#stack;
    const below = this.#marked.pop();
    if (!below) throw new PickleError('an operation without its mark');
    this.#stack = below;
    return values;
  }

  #top(): Pickled {
    const value = this.#stack.at(-1);
    if (value === undefined) throw new PickleError('an operation without its operand');
    return value;
  }

  #push(value: Pickled): void {
    this.#stack.push(value);
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new PickleError('a reference to nothing');
    this.#push(value);
  }

  #name(name: string): void {
    this.#handlers.global(name);
    this.#push(new PickledGlobal(name));
  }

  #setItems(items: readonly Pickled[]): void {
    const target = this.#top();
    if (!(target instanceof Map) || items.length % 2 === 1) throw new PickleError('items for what is no dict');
    for (let index = 0; index < items.length; index += 2) target.set(items[index]!, items[index + 1]!);
  }

  #append(items: readonly Pickled[]): void {
    const target = this.#top();
    if (!Array.isArray(target)) throw new PickleError('items for what is no list');
    for (const item of items) target.push(item);
  }

  #text(length: number): void {
    this.#push(this.#take(length).toString('utf8'));
  }

  #length8(): number {
    const length = this.#take(8).readBigUInt64LE();
    if (length > BigInt(this.#bytes.length)) throw new PickleCut('an end before the end of the pickle');
    return Number(length);
  }

  protocol() {
    const [version = 0] = this.#take(1);
    if (version < 2 || version > 5) throw new PickleError(`version ${version} of the format`);
  }
  frame() {
    this.#take(8);
  }
  mark() {
    this.#marked.push(this.#stack);
    this.#stack = [];
  }
  pop() {
    this.#pop();
  }
  popMark() {
    this.#popToMark();
  }
  none() {
    this.#push(null);
  }
  yes() {
    this.#push(true);
  }
  no() {
    this.#push(false);
  }
  int() {
    this.#push(this.#take(4).readInt32LE());
  }
  int1() {
    this.#push(this.#take(1)[0]!);
  }
  int2() {
    this.#push(this.#take(2).readUInt16LE());
  }
  /** Little-endian, in two's complement. */
  long() {
    const digits = this.#take(this.#take(1)[0]!);
    const hex = Buffer.from(digits).reverse().toString('hex');
    const value = BigInt.asIntN(8 * digits.length, BigInt(`0x${hex || 0}`));
    this.#push(Number.isSafeInteger(Number(value)) ? Number(value) : value);
  }
  float() {
    this.#push(this.#take(8).readDoubleBE());
  }
  shortText() {
    this.#text(this.#take(1)[0]!);
  }
  mediumText() {
    this.#text(this.#take(4).readUInt32LE());
  }
  longText() {
    this.#text(this.#length8());
  }
  shortBytes() {
    this.#push(Uint8Array.from(this.#take(this.#take(1)[0]!)));
  }
  mediumBytes() {
    this.#push(Uint8Array.from(this.#take(this.#take(4).readUInt32LE())));
  }
  emptyList() {
    this.#push([]);
  }
  emptyDict() {
    this.#push(new Map());
  }
  tuple() {
    const items = this.#popToMark();
    this.#push(items);
  }
  tuple1() {
    this.#push([this.#pop()]);
  }
  tuple2() {
    const second = this.#pop();
    this.#push([this.#pop(), second]);
  }
  tuple3() {
    const [third, second] = [this.#pop(), this.#pop()];
    this.#push([this.#pop(), second, third]);
  }
  dict() {
    const items = this.#popToMark();
    this.#push(new Map());
    this.#setItems(items);
  }
  append() {
    const item = this.#pop();
    this.#append([item]);
  }
  appends() {
    const items = this.#popToMark();
    this.#append(items);
  }
  setItem() {
    const value = this.#pop();
    const key = this.#pop();
    this.#setItems([key, value]);
  }
  setItems() {
    const items = this.#popToMark();
    this.#setItems(items);
  }
  put() {
    this.#remember(this.#take(1)[0]!);
  }
  longPut() {
    this.#remember(this.#take(4).readUInt32LE());
  }
  memoize() {
    this.#remember(this.#memo.size);
  }
  get() {
    this.#recall(this.#take(1)[0]!);
  }
  longGet() {
    this.#recall(this.#take(4).readUInt32LE());
  }
  global() {
    const module = this.#line();
    this.#name(`${module}.${this.#line()}`);
  }
  stackGlobal() {
    const name = this.#pop();
    const module = this.#pop();
    if (typeof name !== 'string' || typeof module !== 'string') throw new PickleError('a name that is no text');
    this.#name(`${module}.${name}`);
  }
  /** Of protocol 0, and refused by name like the others. */
  instance() {
    const module = this.#line();
    this.#handlers.global(`${module}.${this.#line()}`);
    throw new PickleError('an operation 0x69');
  }
  call() {
    const args = this.#pop();
    const callee = this.#pop();
    if (!(callee instanceof PickledGlobal)) throw new PickleError('a call of what is no function');
    if (!Array.isArray(args)) throw new PickleError('a call without arguments');
    this.#push(this.#handlers.call(callee.name, args));
  }
  /** Attributes for an object; a dict's (`_metadata` of a state_dict) say nothing of the weights. */
  build() {
    this.#pop();
    if (!(this.#top() instanceof Map)) throw new PickleError('attributes for what is no dict');
  }
  persistent() {
    this.#push(this.#handlers.persistent(this.#pop()));
  }
}

const STOP = 0x2e;

type Operation = Exclude<keyof Machine, 'at' | 'result' | 'step'>;

const OPERATIONS: ReadonlyMap<number, Operation> = new Map([
  [0x28, 'mark'],
  [0x29, 'emptyList'],
  [0x30, 'pop'],
  [0x31, 'popMark'],
  [0x42, 'mediumBytes'],
  [0x43, 'shortBytes'],
  [0x47, 'float'],
  [0x4a, 'int'],
  [0x4b, 'int1'],
  [0x4d, 'int2'],
  [0x4e, 'none'],
  [0x51, 'persistent'],
  [0x52, 'call'],
  [0x54, 'mediumText'],
  [0x55, 'shortText'],
  [0x58, 'mediumText'],
  [0x5d, 'emptyList'],
  [0x61, 'append'],
  [0x62, 'build'],
  [0x63, 'global'],
  [0x64, 'dict'],
  [0x65, 'appends'],
  [0x68, 'get'],
  [0x69, 'instance'],
  [0x6a, 'longGet'],
  [0x6c, 'tuple'],
  [0x71, 'put'],
  [0x72, 'longPut'],
  [0x73, 'setItem'],
  [0x74, 'tuple'],
  [0x75, 'setItems'],
  [0x7d, 'emptyDict'],
  [0x80, 'protocol'],
  [0x81, 'call'],
  [0x85, 'tuple1'],
  [0x86, 'tuple2'],
  [0x87, 'tuple3'],
  [0x88, 'yes'],
  [0x89, 'no'],
  [0x8a, 'long'],
  [0x8c, 'shortText'],
  [0x8d, 'longText'],
  [0x93, 'stackGlobal'],
  [0x94, 'memoize'],
  [0x95, 'frame'],
]);
