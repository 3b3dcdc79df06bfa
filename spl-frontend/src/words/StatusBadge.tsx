import { Box } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCheck,
  IconClock,
  IconPlayerPlay,
  IconPointFilled,
  type TablerIcon,
} from '@tabler/icons-react';
import type { Tone } from './tones';

const SHAPES: Record<Tone, TablerIcon> = {
  good: IconCheck,
  bad: IconAlertTriangle,
  busy: IconPlayerPlay,
  waiting: IconClock,
  quiet: IconPointFilled,
};

/** A state as a word with a shape and a colour: no one of the three has to be seen. */
export function StatusBadge({ tone, word }: { tone: Tone; word: string }) {
  const Shape = SHAPES[tone];
  return (
    <Box component="span" className="status" data-tone={tone}>
      <Shape size={14} aria-hidden />
      {word}
    </Box>
  );
}
