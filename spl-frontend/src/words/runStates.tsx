import type { Schemas } from '@/api/types';
import { StatusBadge } from './StatusBadge';
import type { Tone } from './tones';

export type RunState = Schemas['State'];

interface Meaning {
  word: string;
  tone: Tone;
  /** One sentence for whoever asks what the word means. */
  text: string;
}

export const RUN_STATES: Record<RunState, Meaning> = {
  queued: { word: 'Queued', tone: 'waiting', text: 'It waits for a machine.' },
  claimed: { word: 'Starting', tone: 'busy', text: 'A machine has it and gets ready.' },
  running: { word: 'Running', tone: 'busy', text: 'Its code runs.' },
  unknown: { word: 'Not heard of', tone: 'waiting', text: 'The machine has gone silent; it may still be running.' },
  cancelling: { word: 'Cancelling', tone: 'waiting', text: 'Its machine was told to stop it.' },
  succeeded: { word: 'Succeeded', tone: 'good', text: 'It has a result.' },
  failed: { word: 'Failed', tone: 'bad', text: 'It ended with an error.' },
  cancelled: { word: 'Cancelled', tone: 'quiet', text: 'Somebody stopped it.' },
  timed_out: { word: 'Timed out', tone: 'bad', text: 'It took longer than it was given.' },
  lost: { word: 'Lost', tone: 'bad', text: 'Its machine did not come back; whether it ran to the end is not known.' },
  expired: { word: 'Expired', tone: 'bad', text: 'No machine took it in time.' },
};

const ENDED = new Set<RunState>(['succeeded', 'failed', 'cancelled', 'timed_out', 'lost', 'expired']);

export function hasEnded(state: RunState): boolean {
  return ENDED.has(state);
}

export function RunStateBadge({ state }: { state: RunState }) {
  const meaning = RUN_STATES[state];
  return <StatusBadge tone={meaning.tone} word={meaning.word} />;
}
