/** The only file that reads the process's environment: the home folder, and secrets by the name of their variable. */
import path from 'node:path';
import { config } from 'dotenv';

/** The folder that holds personas/, models/ and data/. */
export function home(): string {
  return path.resolve(process.env.EIDOLON_HOME ?? '.');
}

/** Adds what stands in the home folder's `.env`; a variable that is already set wins. */
export function loadEnvironment(folder: string): void {
  config({ path: path.join(folder, '.env'), quiet: true });
}

export function secret(name: string): string | undefined {
  return process.env[name];
}
