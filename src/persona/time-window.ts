/** Hours of a day, in minutes after local midnight. Where `toMinute` ≤ `fromMinute` the window runs past midnight. */
export interface TimeWindow {
  readonly fromMinute: number;
  readonly toMinute: number;
}

export const TIME_WINDOW_PATTERN = /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** "08:00-23:00" → minutes 480 to 1380. The text must match TIME_WINDOW_PATTERN. */
export function parseTimeWindow(text: string): TimeWindow {
  const [from = '', to = ''] = text.split('-');
  return { fromMinute: minuteOf(from), toMinute: minuteOf(to) };
}

function minuteOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
