/** Lets the owner change a text in their editor. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { editor } from '../environment.ts';
import { UserError } from '../errors.ts';

/**
 * The text as the owner left it; null when it was emptied, left as it was, or the editor failed on purpose (`:cq`):
 * closing the editor without saving must not approve anything.
 */
export async function editText(text: string): Promise<string | null> {
  const folder = await mkdtemp(path.join(tmpdir(), 'eidolon-')); // readable by its owner alone
  const file = path.join(folder, 'draft.txt');
  try {
    await writeFile(file, `${text}\n`);
    if ((await runEditor(editor(), file)) !== 0) return null;
    const edited = (await readFile(file, 'utf8')).trim();
    return edited === '' || edited === text.trim() ? null : edited;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Through the shell, because $EDITOR may hold arguments: `code --wait`. */
function runEditor(command: string, file: string): Promise<number | null> {
  const isWindows = process.platform === 'win32';
  const child = isWindows
    ? spawn(`${command} "${file}"`, { stdio: 'inherit', shell: true })
    : spawn('sh', ['-c', `${command} "$@"`, command, file], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      const isMissing = code === 126 || code === 127;
      if (!isMissing) return resolve(code);
      reject(
        new UserError(`The editor "${command}" could not be run`, { hint: 'Set EDITOR to a command that exists' }),
      );
    });
  });
}
