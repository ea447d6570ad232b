/** Imported before tests: what one of their processes or threads has stripped and compiled, the next ones take from a cache. */
import { enableCompileCache } from 'node:module';

const { directory } = enableCompileCache();
if (directory) process.env.NODE_COMPILE_CACHE ??= directory;
