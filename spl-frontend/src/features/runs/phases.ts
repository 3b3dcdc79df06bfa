import type { Schemas } from '@/api/types';

type Run = Pick<Schemas['RunView'], 'created_at' | 'started_at' | 'finished_at' | 'timings'>;

export interface Phase {
  kind: 'queued' | 'build' | 'start' | 'run';
  label: string;
  from: number;
  ms: number;
}

const LABELS = {
  queued: 'Waited for a machine',
  build: 'Built the environment',
  start: 'Started a worker',
  run: 'Ran',
} as const;

/** Where a run's time went, one after the other; what still goes on lasts until `now`. */
export function phases(run: Run, now: number): Phase[] {
  const { queued_ms, build_ms, start_ms, run_ms } = run.timings;
  const parts: [Phase['kind'], number | null | undefined][] = [
    ['queued', queued_ms],
    ['build', build_ms],
    ['start', start_ms],
    ['run', run_ms],
  ];
  const found: Phase[] = [];
  let at = run.created_at;
  for (const [kind, ms] of parts) {
    if (ms === null || ms === undefined) continue;
    found.push({ kind, label: LABELS[kind], from: at, ms });
    at += ms;
  }
  const rest = now - at;
  if (run.finished_at === null && rest > 0) {
    const kind = run.started_at === null ? 'queued' : 'run';
    if (!found.some((one) => one.kind === kind)) found.push({ kind, label: LABELS[kind], from: at, ms: rest });
  }
  return found;
}
