/** Keys that work on every page. */
export function useShortcuts(_: { onPalette: () => void; onHelp: () => void }): void {}
