/** Where `g` and one more key go. */
export const JUMPS: Record<string, string> = {
  o: '/',
  r: '/runs',
  l: '/libraries',
  m: '/machines',
  t: '/tokens',
  a: '/access',
  u: '/audit',
  s: '/settings',
  h: '/help',
};

export const KEYS: readonly { keys: string; text: string }[] = [
  { keys: 'Ctrl K', text: 'Search and commands' },
  { keys: '/', text: "The page's own search" },
  { keys: '?', text: 'These keys' },
  { keys: 'r', text: 'Load the page anew' },
  { keys: 'g o', text: 'Overview' },
  { keys: 'g r', text: 'Runs' },
  { keys: 'g l', text: 'Libraries' },
  { keys: 'g m', text: 'Machines' },
  { keys: 'g t', text: 'Tokens' },
  { keys: 'g a', text: 'Access' },
  { keys: 'g u', text: 'Audit' },
  { keys: 'g s', text: 'Settings' },
  { keys: 'g h', text: 'Help' },
];
