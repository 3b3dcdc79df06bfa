type Cell = string | number | boolean | null | undefined;

// A sheet takes a cell that begins so for a formula, and runs it.
const FORMULA = /^[=+\-@\t\r]/;

/** Lines of CSV as spreadsheets read it; text that a sheet would run as a formula is made plain text. */
export function toCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows]
    .map((row) => row.map(cell).join(','))
    .join('\r\n')
    .concat('\r\n');
}

function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
