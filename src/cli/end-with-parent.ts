/**
 * A process that another one started through a channel stops as at SIGTERM when that channel closes. It closes however the other
 * one ends, also where that has no time to say anything.
 */
export function endWithParent(): void {
  if (process.connected === undefined) return; // nobody started it so
  if (process.connected) process.once('disconnect', stop);
  else stop();
  process.channel?.unref(); // having a parent is no reason to go on
}

function stop(): void {
  const isHandled = process.emit('SIGTERM', 'SIGTERM');
  if (!isHandled) process.kill(process.pid, 'SIGTERM');
}
