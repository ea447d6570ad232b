/** What went wrong on a device, in one line: the runtime's messages begin with a place in its source, and a condition. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.trim().split('\n');
  return line.replace(/^.* was false\. /, '').replace(/^\/\S+:\d+ /, '');
}
