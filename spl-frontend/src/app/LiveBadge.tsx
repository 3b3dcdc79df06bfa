import { absolute } from '@/lib/format';
import { useZone } from '@/lib/time';
import type { LiveState } from '@/live/hub';
import { useLive } from '@/live/useLive';
import { StatusBadge } from '@/words/StatusBadge';
import type { Tone } from '@/words/tones';

const MEANING: Record<LiveState, { word: string; tone: Tone; text: string }> = {
  connecting: { word: 'Connecting', tone: 'waiting', text: 'The page is not told of changes yet.' },
  live: { word: 'Live', tone: 'good', text: 'What you see changes as it happens.' },
  reconnecting: {
    word: 'Reconnecting',
    tone: 'waiting',
    text: 'Changes are not told at the moment; clocks stand still.',
  },
  stale: { word: 'Stale', tone: 'bad', text: 'The server has gone silent; what you see may be old.' },
  polling: { word: 'Polling', tone: 'waiting', text: 'Changes are looked for every 10 seconds.' },
};

/** How much of this page can be believed, and since when. */
export function LiveBadge() {
  const { state, since, pending } = useLive();
  const [zone] = useZone();
  const { word, tone, text } = MEANING[state];
  const clock = absolute(since, zone).split(' ')[1] ?? '';
  const told = state === 'stale' ? `${word} since ${clock.slice(0, 5)}` : word;
  const more = pending > 0 ? `${text} ${pending} changes wait.` : text;
  return (
    <span role="status" aria-label="Live updates" data-live={state} title={more}>
      <StatusBadge tone={tone} word={told} />
    </span>
  );
}
