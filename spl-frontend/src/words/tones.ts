/** What a state means to whoever looks: the same five everywhere. */
export type Tone = 'good' | 'bad' | 'busy' | 'waiting' | 'quiet';

/** Colours that are readable on both themes; a shape and a word always stand beside them. */
export const TONE_COLOR: Record<Tone, string> = {
  good: 'green',
  bad: 'red',
  busy: 'blue',
  waiting: 'orange',
  quiet: 'gray',
};
