import type { Schemas } from '@/api/types';
import { hasEnded } from '@/words/runStates';

type Detail = Pick<Schemas['RunDetail'], 'events'> & { run: Pick<Schemas['RunView'], 'state' | 'error'> };

const BAD_ELSEWHERE = new Set(['failed', 'timed_out', 'lost', 'cancelled', 'expired']);

/** The colour of each node: what the events say of it, and, of a run that failed, which node it was. */
export function nodeTones({ run, events }: Detail): Map<string, string> {
  const found = new Map<string, string>();
  for (const told of everyTold(events)) {
    const tone = toneOf(told);
    if (tone) found.set(told.node, tone);
  }
  if (!hasEnded(run.state)) return found;
  // What ran when its run ended was not brought to an end, and whoever looks is told where it broke.
  for (const [node, tone] of found) if (tone === 'busy') found.set(node, run.state === 'succeeded' ? 'good' : 'quiet');
  const failed = (run.error as { node?: unknown } | null)?.node;
  if (typeof failed === 'string') found.set(failed, 'bad');
  return found;
}

/** The runs that remote nodes are on other machines. */
export function nodeRuns({ events }: Pick<Detail, 'events'>): Map<string, string> {
  const found = new Map<string, string>();
  for (const { node, elsewhere } of everyTold(events))
    if (typeof elsewhere?.run_id === 'string') found.set(node, elsewhere.run_id);
  return found;
}

type Told = { node: string; state?: unknown; elsewhere?: { state?: unknown; run_id?: unknown } };

function everyTold(events: Detail['events']): Told[] {
  return events.filter((event) => event.kind === 'node').flatMap((event) => nodesOf(event.data));
}

function nodesOf(data: Record<string, unknown>): Told[] {
  const told = Array.isArray(data.nodes) ? (data.nodes as unknown[]) : [];
  return told.filter((one): one is Told => typeof (one as Told | null)?.node === 'string');
}

function toneOf({ state, elsewhere }: Told): string | undefined {
  if (BAD_ELSEWHERE.has(String(elsewhere?.state))) return 'bad';
  if (state === 'ended') return 'good';
  return state === 'running' || elsewhere ? 'busy' : undefined;
}
