import { Text } from '@mantine/core';
import { absolute, duration, relative } from '@/lib/format';
import { useNow, useZone } from '@/lib/time';

/** A moment (epoch milliseconds), told from now; the moment itself on hover and for whoever reads with their ears. */
export function When({ at, exact = false }: { at: number | null | undefined; exact?: boolean }) {
  const now = useNow(10_000);
  const [zone] = useZone();
  if (at === null || at === undefined) return <span>–</span>;
  const whole = absolute(at, zone);
  return (
    <time dateTime={new Date(at).toISOString()} className="nowrap" title={exact ? relative(at, now) : whole}>
      {exact ? whole : relative(at, now)}
    </time>
  );
}

/** How long something took; between `from` and now where it still goes on. */
export function Took({ from, to }: { from: number | null | undefined; to?: number | null | undefined }) {
  if (from === null || from === undefined) return <span>–</span>;
  if (to !== null && to !== undefined) return <span className="nowrap">{duration(to - from)}</span>;
  return <Running from={from} />;
}

function Running({ from }: { from: number }) {
  const now = useNow(1_000);
  return (
    <Text span inherit className="nowrap" role="timer">
      {duration(now - from)}
    </Text>
  );
}
