/** Imported before tests: what one of their processes or threads has stripped and compiled, the next ones take from a cache. */
import { enableCompileCache } from 'node:module';

process.env.ORT_DISABLE_TELEMETRY = '1'; // some tests open sessions of onnxruntime-node themselves

const { directory } = enableCompileCache();
if (directory) process.env.NODE_COMPILE_CACHE ??= directory;
