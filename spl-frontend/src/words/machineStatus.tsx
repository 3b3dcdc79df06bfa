import type { Schemas } from '@/api/types';
import { StatusBadge } from './StatusBadge';
import type { Tone } from './tones';

export type MachineStatus = Schemas['Status'];

export const MACHINE_STATUS: Record<MachineStatus, { word: string; tone: Tone; text: string }> = {
  online: { word: 'Connected', tone: 'good', text: 'It takes runs.' },
  offline: { word: 'Offline', tone: 'quiet', text: 'Its daemon has not been heard of; runs for it wait.' },
  draining: { word: 'Draining', tone: 'waiting', text: 'It ends what it has and takes nothing new.' },
  revoked: { word: 'Removed', tone: 'bad', text: 'Its credentials are dead.' },
};

export function MachineStatusBadge({ status }: { status: MachineStatus }) {
  const meaning = MACHINE_STATUS[status];
  return <StatusBadge tone={meaning.tone} word={meaning.word} />;
}
