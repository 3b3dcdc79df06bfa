const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in milliseconds, in the two units that matter: `1.24 s`, `3 min 12 s`, `2 d 4 h`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '–';
  const length = Math.max(0, ms);
  if (length < SECOND) return `${Math.round(length)} ms`;
  if (length < 10 * SECOND) return `${(length / SECOND).toFixed(2)} s`;
  if (length < MINUTE) return `${(length / SECOND).toFixed(1)} s`;
  if (length < HOUR) return two(length, MINUTE, 'min', SECOND, 's');
  if (length < DAY) return two(length, HOUR, 'h', MINUTE, 'min');
  return two(length, DAY, 'd', HOUR, 'h');
}

function two(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const whole = Math.floor(ms / large);
  const rest = Math.floor((ms % large) / small);
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** A size, with 1,000 bytes to the KB as disks are sold. */
export function bytes(count: number | null | undefined): string {
  if (count === null || count === undefined || !Number.isFinite(count)) return '–';
  let left = count;
  let unit = 0;
  while (left >= 999.5 && unit < UNITS.length - 1) {
    left /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || left >= 100 ? Math.round(left) : left.toFixed(1)} ${UNITS[unit]}`;
}

/** How far a moment is from now, in one unit: `12 s ago`, `in 3 days`. */
export function relative(at: number, now: number): string {
  const away = Math.abs(at - now);
  if (away < 5 * SECOND) return 'now';
  const [count, unit] =
    away < MINUTE
      ? [Math.floor(away / SECOND), 's']
      : away < HOUR
        ? [Math.floor(away / MINUTE), 'min']
        : away < DAY
          ? [Math.floor(away / HOUR), 'h']
          : [Math.floor(away / DAY), away < 2 * DAY ? 'day' : 'days'];
  return at > now ? `in ${count} ${unit}` : `${count} ${unit} ago`;
}

export type Zone = 'local' | 'utc';

/** A moment to the second, with its zone: `2026-03-01 14:05:09 UTC`. */
export function absolute(at: number, zone: Zone = 'local'): string {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return '–';
  const parts = new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  }).formatToParts(moment);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}:${of('second')} ${of('timeZoneName')}`;
}

/** A count with thin groups: `1,626`. */
export function count(value: number): string {
  return new Intl.NumberFormat('en').format(value);
}
