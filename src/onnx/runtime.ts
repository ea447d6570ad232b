/**
 * onnxruntime's own library, the one that onnxruntime-node brings, through its C interface: what a session needs of it.
 * Reference: https://onnxruntime.ai/docs/api/c/struct_ort_api.html, a table of functions whose places never change.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type koffi from 'koffi';
import 'onnxruntime-node'; // loads the library from its own folder, with what else lies there
import { UserError } from '../errors.ts';

/** Of anything that belongs to the runtime; 0 is none. */
export type Address = bigint;

/** The oldest table that has all of these functions. */
const API_VERSION = 14;
const LIBRARIES = { linux: 'libonnxruntime.so.1', darwin: 'libonnxruntime.1.dylib', win32: 'onnxruntime.dll' } as const;
const POINTER = 'void *';
const require = createRequire(import.meta.url);
const FILE = process.platform === 'win32' ? 'str16' : 'str';
const LOG_WARNINGS = 2;
/** What koffi calls runs on a stack of its own, of which 2 MiB are usual; 16 are the most, and only what is used is in memory. */
const STACK_BYTES = 16 * 2 ** 20;
const [DEVICE_ALLOCATOR, DEFAULT_MEMORY] = [0, 0];

type Koffi = typeof koffi;
type Parameters = readonly (string | ReturnType<typeof koffi.out>)[];
type Argument = Address | number | string | ArrayBufferView | Made;
type Made = [Address];

/** The functions of the table, each of which throws what went wrong; the last argument of those that make something is left out. */
export type Runtime = ReturnType<typeof openRuntime>;

let opened: Runtime | undefined;

/**
 * Opened once in each thread; what it holds is the process's, and stays.
 * @throws UserError where a package is missing.
 */
export function runtime(): Runtime {
  opened ??= openRuntime();
  return opened;
}

function openRuntime() {
  const koffi = loadKoffi();
  koffi.config({ sync_stack_size: STACK_BYTES });
  withdrawFromTelemetry(koffi);
  const base = koffi.load(libraryFile()).func('OrtGetApiBase', POINTER, [])();
  const getApi = koffi.decode(koffi.decode(base, POINTER), koffi.proto(POINTER, ['uint32']));
  const table: Address = getApi(API_VERSION);
  const address = (place: number): Address => koffi.decode(table, place * koffi.sizeof(POINTER), POINTER);
  const at = (place: number, result: string, parameters: Parameters) =>
    koffi.decode(address(place), koffi.proto(result, [...parameters]));

  const message: (status: Address) => string = at(2, 'str', [POINTER]);
  const releasing = (place: number): ((released: Address) => void) => at(place, 'void', [POINTER]);
  const releaseStatus = releasing(93);
  const check = (status: Address | null) => {
    if (!status) return;
    const error = new Error(message(status));
    releaseStatus(status);
    throw error;
  };
  const does = (place: number, ...parameters: Parameters) => {
    const call = at(place, POINTER, parameters);
    return (...given: Argument[]) => check(call(...given));
  };
  const makes = (place: number, ...parameters: Parameters) => {
    const call = at(place, POINTER, [...parameters, koffi.out(koffi.pointer(POINTER))]);
    return (...given: Argument[]): Address => {
      const made: Made = [0n];
      check(call(...given, made));
      return made[0];
    };
  };
  const environment = makes(3, 'int', 'str')(LOG_WARNINGS, 'eidolon');
  does(6, POINTER)(environment); // events of telemetry, where no variable is asked
  return {
    environment,
    runOptions: makes(39)(),
    memory: makes(69, 'int', 'int')(DEVICE_ALLOCATOR, DEFAULT_MEMORY),
    createOptions: makes(10),
    enableProfiling: does(14, POINTER, FILE),
    disableMemoryPattern: does(17, POINTER),
    disableArena: does(19, POINTER),
    addSetting: does(130, POINTER, 'str', 'str'),
    releaseOptions: releasing(100),
    ...ending(koffi, { create: makes(8, POINTER, POINTER, 'size_t', POINTER), release: address(95) }),
    createTensor: makes(49, POINTER, POINTER, 'size_t', POINTER, 'size_t', 'int'),
    releaseValue: releasing(96),
    createBinding: makes(134, POINTER),
    bindInput: does(136, POINTER, 'str', POINTER),
    bindOutput: does(137, POINTER, 'str', POINTER),
    releaseBinding: releasing(135),
    run: does(133, POINTER, POINTER, POINTER),
    addressOf: (bytes: ArrayBufferView): Address => koffi.address(bytes),
  };
}

/**
 * From 1.29 on the runtime tells Microsoft of every session, and keeps what it could not tell in the user's cache, unless this
 * variable stands in the process's own environment when it is opened. A thread has but a copy of that.
 */
function withdrawFromTelemetry(koffi: Koffi): void {
  if (process.platform === 'win32') return;
  const unlessSet = 0;
  koffi.load(null).func('setenv', 'int', ['str', 'str', 'int'])('ORT_DISABLE_TELEMETRY', '1', unlessSet);
}

function libraryFile(): string {
  const folder = path.join(path.dirname(require.resolve('onnxruntime-node/package.json')), 'bin');
  const library = LIBRARIES[process.platform as keyof typeof LIBRARIES];
  const [nodeApi = ''] = readdirSync(folder); // one folder, of the version of Node-API that it was built for
  return path.join(folder, nodeApi, process.platform, process.arch, library);
}

/** Sessions, which end with their thread too, also where it is ended from outside and in the middle of its work. */
function ending(koffi: Koffi, { create, release }: { create: (...given: Argument[]) => Address; release: Address }) {
  const node = koffi.load(null);
  const hook = (name: string) => node.func(name, 'int', [POINTER, POINTER, POINTER]);
  const [atEnd, notAtEnd] = [hook('napi_add_env_cleanup_hook'), hook('napi_remove_env_cleanup_hook')];
  const releaseNow = koffi.decode(release, koffi.proto('void', [POINTER]));
  return {
    createSession(...given: Argument[]): Address {
      const session = create(...given);
      atEnd(koffi.node.env, release, session);
      return session;
    },
    releaseSession(session: Address): void {
      notAtEnd(koffi.node.env, release, session);
      releaseNow(session);
    },
  };
}

function loadKoffi(): Koffi {
  try {
    return require('koffi');
  } catch (cause) {
    throw new UserError(`koffi: expected its library for ${process.platform} on ${process.arch}, found none`, {
      hint: 'It is an optional package of koffi, through which onnxruntime is called. Install all packages again: npm ci',
      cause,
    });
  }
}
