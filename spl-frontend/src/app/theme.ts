import { type CSSVariablesResolver, createTheme } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'lime',
  primaryShade: { light: 9, dark: 8 },
  colors: {
    lime: [
      '#f2fbe9',
      '#e2f4d2',
      '#c6e8a8',
      '#a7da7a',
      '#8bcd53',
      '#74bf38',
      '#5fa82b',
      '#498a1f',
      '#3b7518',
      '#2f6212',
    ],
  },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
});

/** Mantine's pale text is too pale for small letters; these reach 4.5 : 1 on every surface that we use. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#555e68',
    '--mantine-color-placeholder': '#687079',
    '--mantine-color-anchor': '#2f6212',
    '--mantine-color-error': '#b42318',
    '--spl-good': '#1f6b2c',
    '--spl-bad': '#b42318',
    '--spl-busy': '#1c5fb0',
    '--spl-waiting': '#8a4b00',
    '--spl-quiet': '#555e68',
    '--spl-line': '#dde2e6',
    '--spl-raised': '#f6f8f5',
  },
  dark: {
    '--mantine-color-dimmed': '#a6b0ba',
    '--mantine-color-placeholder': '#98a2ac',
    '--mantine-color-anchor': '#a7da7a',
    '--mantine-color-error': '#ff8a80',
    '--spl-good': '#7ddc8c',
    '--spl-bad': '#ff8a80',
    '--spl-busy': '#86b8ff',
    '--spl-waiting': '#ffbf69',
    '--spl-quiet': '#a6b0ba',
    '--spl-line': '#3a4148',
    '--spl-raised': '#1f2326',
  },
});
